"""Publish a release: store it with its layers, give its fields their columns, its departments their units.

Publishing and putting in force are two acts; ``publish`` does the second as well unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.divisions import UnitNode
from portal.core.errors import DefinitionError, msg
from portal.core.packs import Layer, Resolved, resolve
from portal.core.packs import Release as Content
from portal.core.packs.check.examples import spoken_of
from portal.core.rules.examples import Known
from portal.persistence.models import Release, Unit
from portal.persistence.models.release import APPROVED, BY_ACT
from portal.persistence.scope import as_system
from portal.services import units
from portal.services.releases.acting import one_at_a_time
from portal.services.releases.activating import put_in_force, take_over
from portal.services.releases.belonging import claim_problems, refuse
from portal.services.releases.layers import FILES, StoreLibrary, opaque_problems, store_chain
from portal.services.releases.slots import LocalFields, allocate, local_fields
from portal.services.releases.states import note_state, raised
from portal.services.releases.verifying import verify as verify_rules
from portal.services.units.loading import LoadReport, load
from portal.services.users.roles import ensure_roles

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class ReleaseRef:
    """A published release."""

    id: int
    pack: str
    version: str
    digest: str
    created: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """How a pack is published: from where, in which state, and whether it takes effect at once.

    ``demo`` stores changed content under a version that is taken with a mark; production refuses it. ``take_over``
    lets the pack run a centre that another pack runs, which is an act of the unit above.
    """

    demo: bool = True
    origin: str = FILES
    state: str = APPROVED
    in_force: bool = True
    take_over: bool = False
    by: str = BY_ACT
    # Whether the person is asked for the right; not where the caller did, of another right that carries this act.
    asked: bool = True


def publish(
    uow: Work,
    pack: Resolved | Content,
    centre: str | None = None,
    *,
    reason: str = "",
    verify: bool = True,
    terms: Terms = Terms(),
) -> ReleaseRef:
    """Store a pack as a release with its layers, and put it in force at its centre.

    The centre is ``centre`` or the unit the pack names; a pack without either is only stored. Publishing the same
    content again stores nothing. A release without its pack is stored only if the store has its layers.
    """
    content = pack.release() if isinstance(pack, Resolved) else pack
    code = centre or content.unit
    unit = units.by_code(uow.session, code) if code else None
    if terms.asked:
        uow.access.require("release", "add", unit.path if unit else "/")
    if isinstance(pack, Resolved) and not terms.take_over:
        refuse(claim_problems(uow.session, pack))
    if verify and _stored(uow.session, content) is None:
        _refuse_unsafe(content, _spoken_of(uow.session, pack))
    # The rules are tried before: that takes long, and nobody has to wait for it.
    one_at_a_time(uow.session)
    release = _stored(uow.session, content)
    if isinstance(pack, Resolved):
        store_chain(uow, pack, terms.origin, demo=terms.demo)
    elif release is None:
        refuse(opaque_problems(uow.session, content.chain))
    created = release is None
    if release is None:
        local = local_fields(uow.session, _layers(uow.session, pack))
        release = _store(uow, content, unit, terms.state, local)
    else:
        raised(uow, release, terms.state, reason or "publish")
        if unit is not None:
            load(uow, unit_nodes(uow.session, content.bundle, unit), source="publish", pack=content.pack)
    if unit is not None and terms.in_force and terms.state == APPROVED:
        _take_effect(uow, unit, release, reason, terms)
    return ReleaseRef(release.id, release.pack, release.version, release.digest, created)


def _stored(session: Session, content: Content) -> Release | None:
    return session.scalars(select(Release).where(Release.digest == content.digest)).one_or_none()


def _resolved(session: Session, pack: Resolved | Content) -> Resolved:
    """Return a pack with its layers; those of a release alone are in the store."""
    if isinstance(pack, Resolved):
        return pack
    pins = {link.id: link.digest for link in pack.chain}
    return resolve(pack.pack, StoreLibrary(session, pins))


def _layers(session: Session, pack: Resolved | Content) -> Sequence[Layer]:
    return _resolved(session, pack).chain


def _spoken_of(session: Session, pack: Resolved | Content) -> dict[str, Known]:
    """Return of which rules the examples of each rule set speak: the same that the check of packs goes by."""
    resolved = _resolved(session, pack)
    return {key: spoken_of(resolved, key) for key in resolved.bundle.get("rules", {})}


def _take_effect(uow: Work, unit: Unit, release: Release, reason: str, terms: Terms) -> None:
    if terms.take_over:
        take_over(uow, unit.code, release.id, reason)
    else:
        put_in_force(uow, unit.code, release.id, reason or "publish", origin=terms.by)


def _refuse_unsafe(resolved: Content, known: Mapping[str, Known]) -> None:
    problems = [problem for problem in verify_rules(resolved, known) if problem.severity == "error"]
    if problems:
        raise DefinitionError(
            "release.rules", msg("The pack %(pack)s can't be released"), {"pack": resolved.pack}, problems
        )


def _store(uow: Work, resolved: Content, unit: Unit | None, state: str, local: LocalFields) -> Release:
    document = resolved.to_json()
    release = Release(
        pack=resolved.pack,
        version=resolved.version,
        title=_plain(resolved.title),
        digest=resolved.digest,
        chain=document["chain"],
        manifest={key: document[key] for key in ("format", "title", "unit") if key in document},
        bundle=document["bundle"],
        format=document.get("format", 1),
        published_at=uow.now,
        published_by=uow.access.name,
    )
    uow.add(release)
    uow.session.flush()
    note_state(uow, release, state, "publish")
    slots = allocate(uow.session, resolved.current_bundle, local)
    roles = ensure_roles(uow.session, resolved.bundle.get("roles", {}))
    nodes = unit_nodes(uow.session, resolved.bundle, unit) if unit else []
    report = _load_own(uow, nodes, unit, resolved.pack)
    uow.audit(
        "publish",
        release,
        kind="release",
        object_id=release.digest,
        unit_path=unit.path if unit else "/",
        release_id=release.id,
        after={
            "pack": release.pack,
            "version": release.version,
            "chain": release.chain,
            "columns": slots,
            "roles": [role.name for role in roles],
            "units": [one.code for one in report.units],
        },
        covers=[*roles, *report.units],
    )
    return release


def _load_own(uow: Work, nodes: Sequence[UnitNode], unit: Unit | None, pack: str) -> LoadReport:
    """Bring the departments and points of a release into the tree.

    They come with the release as long as all of them are of its own unit and lie below it; for what reaches further
    the person has to keep the units there.
    """
    own = unit is not None and _all_own(uow.session, nodes, unit)
    why = "departments and points that come with a release at its own unit"
    with as_system(uow.session, why) if own else nullcontext():
        return load(uow, nodes, source="publish", pack=pack, audited=False)


def _all_own(session: Session, nodes: Sequence[UnitNode], unit: Unit) -> bool:
    with as_system(session, "which units of a release there are already, and where"):
        below = {unit.code, *units.codes_under(session, unit.code)}
        codes = {node.code for node in nodes}
        there = set(session.scalars(select(Unit.code).where(Unit.code.in_(codes))))
    return there <= below and all(node.managed_by in below | codes for node in nodes)


def unit_nodes(session: Session, bundle: Mapping[str, Any], unit: Unit) -> list[UnitNode]:
    """Return the departments and special points of a bundle as units below ``unit``."""
    below = units.codes_under(session, unit.code)
    departments = [
        UnitNode(
            code=f"{unit.code}:{department_id}",
            name=definition.get("name", department_id),
            level="department",
            statutory_parent="",
            managed_by=definition.get("parent") or unit.code,
            active=not definition.get("hidden"),
        )
        for department_id, definition in bundle.get("departments", {}).items()
    ]
    points = [
        UnitNode(
            code=point_id,
            name=point["name"],
            level="point",
            statutory_parent=point.get("division", point["parent"]),
            managed_by=point["parent"],
            active=not point.get("hidden"),
        )
        for point_id, point in bundle.get("units", {}).get("points", {}).items()
        # The points of a pack above are that pack's own business.
        if point["parent"] in below
    ]
    return [*departments, *points]


def _plain(text: Any) -> str:
    return text if isinstance(text, str) else str(text.get("zh_Hans") or next(iter(text.values()), ""))
