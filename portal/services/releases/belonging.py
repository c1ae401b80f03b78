"""Which pack may run a centre: that of its unit, one that builds on the running one, or one that takes it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import Conflict, Problem, msg
from portal.core.packs import Resolved
from portal.core.text import alike
from portal.persistence.models import Centre, Release, ReleaseActivation, Unit
from portal.persistence.models.release import TAKE_OVER
from portal.services.releases.effect import coming, running_at
from portal.services.units.in_force import counts


@dataclass(frozen=True, slots=True)
class Claim:
    """A pack that is to run a centre: its identifier, those it builds on, and how it calls the centre."""

    pack: str
    above: frozenset[str]
    name: str = ""
    agency: str = ""

    @classmethod
    def of_release(cls, release: Release, unit: Unit) -> Claim:
        """Return the claim of a stored release; only a pack of the unit's own names the centre."""
        chain = frozenset(link["id"] for link in release.chain)
        own = release.manifest.get("unit") == unit.code
        return cls(release.pack, chain, *(_words(release.bundle, unit.code) if own else ("", "")))

    @classmethod
    def of_pack(cls, resolved: Resolved) -> Claim:
        """Return the claim of a pack on the centre of the unit that it names."""
        chain = frozenset(layer.id for layer in resolved.chain)
        return cls(resolved.pack, chain, *_words(resolved.bundle, resolved.manifest.unit or ""))


def _words(bundle: Mapping[str, Any], code: str) -> tuple[str, str]:
    """Return name and agency word that a bundle gives the centre of a unit; none where it describes another's."""
    layout = bundle.get("layout")
    centre = layout.get("centre") if isinstance(layout, dict) else None
    if not isinstance(centre, dict) or centre.get("unit", code) != code:
        return "", ""
    return str(centre.get("name") or ""), str(centre.get("agency") or "")


def foreign(session: Session, claim: Claim, unit: Unit, before: ReleaseActivation | None) -> list[Problem]:
    """Return a problem where the release before runs by a pack that ``claim`` neither is nor builds on."""
    if before is None:
        return []
    running = session.get_one(Release, before.release_id)
    if running.pack in claim.above or running.pack == claim.pack:
        return []
    return [
        Problem(
            "centre.foreign",
            msg("The centre of %(unit)s runs by the pack %(running)s, which %(pack)s neither is nor extends"),
            {"unit": unit.name, "running": running.pack, "pack": claim.pack},
            f"seed/{claim.pack}/pack.json",
            "/unit",
            msg("Extend %(running)s, name another unit, or have the unit above take the centre over"),
        )
    ]


def first_to_come(session: Session, unit_id: int) -> ReleaseActivation | None:
    """Return the release that a centre is to run by next: where nothing runs yet, that says whose it is."""
    return next(iter(coming(session, unit_id)), None)


def ran_here(session: Session, unit_id: int, release_id: int) -> bool:
    """Tell whether a release has been in force at a centre since that was last taken over."""
    row = ReleaseActivation
    query = select(row).where(row.unit_id == unit_id, counts(row), row.effective_at <= row.at)
    for activation in session.scalars(query.order_by(row.effective_at.desc(), row.id.desc())):
        if activation.release_id == release_id:
            return True
        if activation.kind == TAKE_OVER:
            return False
    return False


def agency_taken(session: Session, agency: str, unit_id: int | None, file: str = "") -> list[Problem]:
    """Return a problem where another centre uses an agency word, or one that looks the same, or is to use it."""
    if not agency:
        return []
    row, unit, word = aliased(ReleaseActivation), aliased(Unit), alike(agency)
    elsewhere = unit.id != (unit_id or 0)
    named = select(unit.code, unit.name, Centre.agency).join(Centre, Centre.unit_id == unit.id)
    owners = {code: name for code, name, its in session.execute(named.where(elsewhere)) if alike(its) == word}
    scheduled = (
        select(unit.id, unit.code, unit.name, row.agency)
        .join(row, row.unit_id == unit.id)
        .where(row.agency != "", elsewhere, counts(row))
        .distinct()
    )
    for other_id, code, name, its in session.execute(scheduled).all():
        if alike(its) == word:
            rows = [running_at(session, other_id), *coming(session, other_id)]
            if any(one is not None and alike(one.agency) == word for one in rows):
                owners[code] = name
    return [
        Problem(
            "centre.agency",
            msg("The agency word “%(agency)s” is the one of %(other)s (%(code)s)"),
            {"agency": agency, "other": name, "code": code},
            file,
            "/centre/agency" if file else "/agency",
            msg("Choose a word of its own: numbers of two centres must never be alike"),
        )
        for code, name in owners.items()
    ]


def claim_problems(session: Session, resolved: Resolved) -> list[Problem]:
    """Return the problems that forbid a pack to run the centre of the unit that it names, as the database stands."""
    code = resolved.manifest.unit
    unit = session.scalar(select(Unit).where(Unit.code == code)) if code else None
    if unit is None:
        return []
    claim = Claim.of_pack(resolved)
    file = f"seed/{claim.pack}/layout.json"
    return [
        *foreign(session, claim, unit, running_at(session, unit.id) or first_to_come(session, unit.id)),
        *agency_taken(session, claim.agency, unit.id, file),
    ]


def refuse(problems: Iterable[Problem]) -> None:
    """Raise Conflict with the problems, if there are any."""
    found = list(problems)
    if found:
        raise Conflict(found[0].code, found[0].message, found[0].params, found)
