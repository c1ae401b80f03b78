"""Fill an empty database with what the packs bring: units, releases, centres, roles. Safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.core.access import ADMIN, Access, Origin
from portal.core.divisions import Division, UnitNode, management_tree
from portal.core.packs import PackLibrary, Resolved, divisions, resolve
from portal.persistence.models import Unit
from portal.services import releases
from portal.services.units.loading import load
from portal.services.users.roles import ensure_roles

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

SEEDER = Access.system("seed")
CLI = Origin(channel="cli")


@dataclass(slots=True)
class SeedReport:
    """What was seeded."""

    units: int = 0
    new_units: int = 0
    releases: list[releases.ReleaseRef] = field(default_factory=list)


def seed(portal: Portal, library: PackLibrary, *, verify: bool = True) -> SeedReport:
    """Load the divisions of all packs with their corrections, then publish each pack that has a unit."""
    packs = {pack_id: resolve(pack_id, library) for pack_id in library.ids()}
    ordered = sorted(packs.values(), key=lambda resolved: (len(resolved.chain), resolved.pack))
    report = SeedReport()
    with portal.writing(SEEDER, CLI) as uow:
        _seed_roles(uow)
        loaded = load(uow, division_units(library, ordered), source="divisions")
        report.new_units = len(loaded.added)
        uow.commit()
    for resolved in ordered:
        if resolved.manifest.unit:
            with portal.writing(SEEDER, CLI) as uow:
                report.releases.append(
                    releases.publish(uow, resolved.release(), verify=verify, layers=resolved.chain)
                )
                uow.commit()
    with portal.reading(SEEDER) as session:
        report.units = session.scalar(select(func.count()).select_from(Unit)) or 0
    return report


def division_units(library: PackLibrary, packs: Iterable[Resolved]) -> list[UnitNode]:
    """Return the divisions that the packs bring, corrected."""
    known: dict[str, Division] = {}
    corrections: dict[str, dict[str, object]] = {}
    for resolved in packs:
        for division in divisions(library, resolved.pack):
            known.setdefault(division.code, division)
        corrections.update(resolved.bundle.get("units", {}).get("corrections", {}))
    return management_tree(known.values(), corrections)


def _seed_roles(uow: Work) -> None:
    made = ensure_roles(uow.session, [ADMIN])
    for role in made:
        uow.audit("add", role, kind="role", object_id=role.name)
