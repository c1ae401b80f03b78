"""The units at which a person may open a centre: cities and counties below those whose releases the person keeps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from portal.core.access import ADD, EDIT, ROOT, Access
from portal.core.errors import NotFound, msg
from portal.persistence.models import Centre, Unit
from portal.persistence.scope import end_of
from portal.services import units

THING = "release"
LEVELS = ("city", "county")


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that could have a centre of its own; ``centre`` is the name of the one that it has."""

    code: str
    name: str
    level: str
    above: str
    centre: str | None


def places_to_open(
    session: Session,
    access: Access,
    *,
    among: Collection[int] | None = None,
    free: bool = False,
    limit: int = 60,
) -> list[Place]:
    """Return the units at which the person may open a centre, ``among`` some, or those ``free`` of one, by code."""
    query = _query(access, Unit, Centre.name).outerjoin(Centre, Centre.unit_id == Unit.id)
    if among is not None:
        query = query.where(Unit.id.in_(list(among)))
    if free:
        query = query.where(Centre.unit_id.is_(None))
    rows = session.execute(query.order_by(Unit.code).limit(limit)).all()
    above = units.names(session, [unit.parent_id for unit, _ in rows if unit.parent_id])
    return [
        Place(unit.code, unit.name, unit.level, above.get(unit.parent_id or 0, ("", ""))[1], name)
        for unit, name in rows
    ]


def may_open_any(session: Session, access: Access) -> bool:
    """Tell whether there is any unit at which the person may open a centre, or the person may bring one in."""
    if access.can(THING, EDIT) and access.can("unit", ADD):
        return True
    return session.scalar(_query(access, Unit.id).limit(1)) is not None


def require_place(session: Session, access: Access, code: str) -> Unit:
    """Return a unit at which the person may open a centre; NotFound for any other, whether there is one or not."""
    unit = units.by_code(session, code)
    if session.scalar(_query(access, Unit.id).where(Unit.id == unit.id)) is None:
        raise NotFound("unit.unknown", msg("There is no unit “%(code)s”"), {"code": code})
    return unit


def _query(access: Access, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        Unit.kind == "division", Unit.level.in_(LEVELS), Unit.active, _below(access.paths(THING, EDIT))
    )


def _below(roots: tuple[str, ...]) -> ColumnElement[bool]:
    if ROOT in roots:
        return Unit.id.is_not(None)
    return or_(False, *(and_(Unit.path > root, Unit.path < end_of(root)) for root in roots))
