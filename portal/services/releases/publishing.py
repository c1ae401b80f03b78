"""Publish a release: store it, give its declared fields their columns, its departments their units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.divisions import UnitNode
from portal.core.errors import DefinitionError, msg
from portal.core.packs import Release as Resolved
from portal.persistence.models import Release, Unit
from portal.services import units
from portal.services.releases.activating import activate
from portal.services.releases.slots import allocate
from portal.services.releases.verifying import verify as verify_rules
from portal.services.units.loading import load
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


def publish(
    uow: Work, resolved: Resolved, centre: str | None = None, *, reason: str = "", verify: bool = True
) -> ReleaseRef:
    """Store a resolved pack as a release and put it in force at its centre.

    The centre is ``centre`` or the unit the pack names; a pack without either is only stored. Publishing the
    same content again stores nothing.
    """
    code = centre or resolved.unit
    unit = units.by_code(uow.session, code) if code else None
    uow.access.require("release", "add", unit.path if unit else "/")
    release = uow.session.scalar(select(Release).where(Release.digest == resolved.digest))
    created = release is None
    if release is None:
        if verify:
            _refuse_unsafe(resolved)
        release = _store(uow, resolved, unit)
    elif unit is not None:
        load(uow, unit_nodes(uow.session, resolved.bundle, unit), source="publish", pack=resolved.pack)
    if unit is not None:
        activate(uow, unit.code, release.id, reason or "publish")
    return ReleaseRef(release.id, release.pack, release.version, release.digest, created)


def _refuse_unsafe(resolved: Resolved) -> None:
    problems = [problem for problem in verify_rules(resolved) if problem.severity == "error"]
    if problems:
        raise DefinitionError(
            "release.rules", msg("The pack %(pack)s can't be released"), {"pack": resolved.pack}, problems
        )


def _store(uow: Work, resolved: Resolved, unit: Unit | None) -> Release:
    document = resolved.to_json()
    release = Release(
        pack=resolved.pack,
        version=resolved.version,
        title=_plain(resolved.title),
        digest=resolved.digest,
        chain=document["chain"],
        manifest={key: document[key] for key in ("format", "title", "unit") if key in document},
        bundle=document["bundle"],
        published_at=uow.now,
        published_by=uow.access.name,
    )
    uow.add(release)
    uow.session.flush()
    slots = allocate(uow.session, resolved.bundle)
    roles = ensure_roles(uow.session, resolved.bundle.get("roles", {}))
    nodes = unit_nodes(uow.session, resolved.bundle, unit) if unit else []
    report = load(uow, nodes, source="publish", pack=resolved.pack, audited=False)
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
