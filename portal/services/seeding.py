"""Fill an empty database with what the packs bring: units, releases, centres, roles. Safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import ADMIN, Access, Origin
from portal.core.divisions import Division, UnitNode, management_tree
from portal.core.errors import Conflict, DefinitionError, NotFound, PortalError, Problem, msg
from portal.core.packs import Layers, PackLibrary, Resolved, divisions, resolve
from portal.core.packs.contents import divisions_of
from portal.persistence.models import Centre, Release, ReleaseActivation, Unit
from portal.persistence.models.release import BY_SEED
from portal.persistence.scope import subtree
from portal.services import releases, units
from portal.services.releases.effect import running_at
from portal.services.releases.layers import refuse_edited
from portal.services.units.loading import load
from portal.services.users.roles import ensure_roles

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

SEEDER = Access.system("seed")
CLI = Origin(channel="cli")


@dataclass(slots=True)
class SeedReport:
    """The result of seeding; ``kept`` says what was left alone, and why."""

    units: int = 0
    new_units: int = 0
    releases: list[releases.ReleaseRef] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    kept: list[PortalError] = field(default_factory=list)


def seed(
    portal: Portal,
    library: PackLibrary,
    *,
    verify: bool = True,
    demo: bool = True,
    only: Sequence[str] = (),
) -> SeedReport:
    """Load the divisions of all packs with their corrections, publish each pack that has a unit, open centres.

    All of it or nothing: rows of divisions that can't be used, and packs that can't be read, are refused together
    before anything is written. A unit whose row is gone is no longer in use, unless it runs a centre.
    In production a release is put in force only where nothing ever was; in the demo also where seeding did so last.
    Layers that were edited in the store are left alone, and the report says in what they differ.
    With ``only`` those packs alone are seeded, with the ones that they extend, and no other unit is touched.
    """
    packs = {pack_id: resolve(pack_id, library) for pack_id in _chosen(library, only)}
    ordered = sorted(packs.values(), key=lambda resolved: (len(resolved.chain), resolved.pack))
    _refuse_broken(ordered)
    report = SeedReport()
    owned = {resolved.manifest.unit for resolved in ordered if resolved.manifest.unit}
    with portal.writing(SEEDER, CLI) as uow:
        _seed_roles(uow)
        wanted = division_units(library, ordered)
        loaded = load(uow, wanted, source="divisions")
        report.new_units = len(loaded.added)
        _retire(uow, {node.code for node in wanted}, report, owned if only else None)
        for resolved in ordered:
            if resolved.manifest.unit:
                _publish(uow, resolved, report, verify=verify, demo=demo)
                _open_centres(uow, resolved, owned, report, demo=demo)
        uow.commit()
    with portal.reading(SEEDER) as session:
        report.units = session.scalar(select(func.count()).select_from(Unit)) or 0
    return report


def _refuse_broken(packs: Iterable[Resolved]) -> None:
    """Raise DefinitionError with each row and each pack that can't be used."""
    found: dict[tuple[str, str, str, str], Problem] = {}
    for resolved in packs:
        of_unit = resolved.errors if resolved.manifest.unit else []
        for problem in (*of_unit, *divisions_of(resolved.chain)[1]):
            key = (problem.file, problem.pointer, problem.code, repr(problem.params))
            found.setdefault(key, problem)
    if found:
        raise DefinitionError(
            "seed.broken", msg("Nothing was loaded: these packs can't be used"), problems=found.values()
        )


def _chosen(library: PackLibrary, only: Sequence[str]) -> list[str]:
    """Return the packs to seed: all, or some with those that they extend; NotFound for one that is not there."""
    if not only:
        return library.ids()
    chosen: dict[str, None] = {}
    for pack_id in only:
        chain, problems = Layers(library).chain(pack_id)
        if problems:
            raise NotFound(problems[0].code, problems[0].message, problems[0].params, problems)
        chosen.update(dict.fromkeys(layer.id for layer in chain))
    return list(chosen)


def _retire(uow: Work, wanted: set[str], report: SeedReport, within: set[str] | None = None) -> None:
    """Take units out of use whose rows are gone; those at and below a centre stay, and the report names them.

    With ``within`` only units at and below these are looked at.
    """
    loaded = select(Unit).where(Unit.division_code.is_not(None), Unit.pack == "", Unit.active)
    if within is not None:
        tops = uow.session.scalars(select(Unit.path).where(Unit.code.in_(sorted(within)))).all()
        loaded = loaded.where(subtree(Unit.path, tuple(tops)))
    gone = [unit for unit in uow.session.scalars(loaded.order_by(Unit.path)) if unit.code not in wanted]
    centres = uow.session.scalars(select(Unit.path).join(Centre, Centre.unit_id == Unit.id)).all()
    for unit in gone:
        around = [path for path in centres if unit.path.startswith(path) and _is_gone(path, gone)]
        if around or any(path.startswith(unit.path) for path in centres):
            text = msg(
                "%(unit)s (%(code)s) has no row in divisions.csv any more, but runs a centre: left alone"
            )
            if unit.path in centres:
                report.kept.append(Conflict("seed.row_gone", text, {"unit": unit.name, "code": unit.code}))
            continue
        units.correct(uow, unit.id, "divisions.csv", active=False)
        report.retired.append(f"{unit.name} ({unit.code})")


def _is_gone(path: str, gone: Iterable[Unit]) -> bool:
    return any(unit.path == path for unit in gone)


def _publish(uow: Work, resolved: Resolved, report: SeedReport, *, verify: bool, demo: bool) -> None:
    """Publish a pack and put it in force, where that is seeding's to do."""
    unit = units.by_code(uow.session, resolved.manifest.unit or "")
    reason = _hands_off(uow.session, unit, demo=demo)
    if reason is not None:
        if _in_force_digest(uow.session, unit) != resolved.release().digest:
            report.kept.append(reason)
        return
    terms = releases.Terms(demo=demo, by=BY_SEED)
    try:
        refuse_edited(uow.session, resolved.chain)
    except Conflict as edited:
        report.kept.append(edited)
        return
    report.releases.append(releases.publish(uow, resolved, verify=verify, terms=terms))


def _open_centres(uow: Work, resolved: Resolved, owned: set[str], report: SeedReport, *, demo: bool) -> None:
    """Let the units that a pack names as centres run by the release in force at the pack's own unit.

    Units with a pack of their own open theirs by it.
    """
    named = resolved.bundle.get("units", {}).get("centres") or {}
    own = units.by_code(uow.session, resolved.manifest.unit or "")
    running = running_at(uow.session, own.id)
    above = {code for layer in resolved.chain[:-1] for code in _centres_of(layer.content)}
    for code, words in sorted(named.items()):
        # A county's bundle holds what its city says of all centres: that is the city's to do.
        if running is None or code in owned or code in above:
            continue
        unit = units.by_code(uow.session, code)
        if uow.session.get(Centre, unit.id) is None:
            name, agency = str(words.get("name") or unit.name), str(words.get("agency") or "")
            releases.open_centre(uow, code, running.release_id, name, agency, "seed", origin=BY_SEED)
            report.opened.append(code)
        elif _hands_off(uow.session, unit, demo=demo) is None:
            releases.put_in_force(uow, code, running.release_id, "seed", origin=BY_SEED)


def _centres_of(content: Mapping[str, Any]) -> list[str]:
    return list((content.get("units") or {}).get("centres") or {})


def _hands_off(session: Session, unit: Unit, *, demo: bool) -> PortalError | None:
    """Return why seeding leaves a centre alone; None where nothing ever was in force, or seeding's own in the demo."""
    newest = (
        select(ReleaseActivation)
        .where(ReleaseActivation.unit_id == unit.id)
        .order_by(ReleaseActivation.id.desc())
        .limit(1)
    )
    last = session.scalars(newest).one_or_none()
    if last is None or (demo and last.origin == BY_SEED):
        return None
    text = (
        msg("%(unit)s runs by a release that was put in force there by hand: left alone")
        if last.origin != BY_SEED
        else msg("%(unit)s runs by a release already: left alone; portal config publish brings in the files")
    )
    return Conflict("seed.kept", text, {"unit": unit.name})


def _in_force_digest(session: Session, unit: Unit) -> str | None:
    running = running_at(session, unit.id)
    return None if running is None else session.get_one(Release, running.release_id).digest


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
