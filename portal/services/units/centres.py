"""Centres: which unit runs one, and whose centre a unit belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import NotFound, msg
from portal.persistence.models import Centre, Unit
from portal.persistence.scope import prepared


@dataclass(frozen=True, slots=True)
class CentreRef:
    """The centre responsible for a unit, and the release in force there."""

    unit_id: int
    unit_code: str
    unit_path: str
    name: str
    agency: str
    release_id: int


_above = aliased(Unit)
# From the few centres upwards: those whose path begins the unit's, the longest first.
_PLACE = prepared(
    select(Unit, Centre.unit_id, _above.code, _above.path, Centre.name, Centre.agency, Centre.release_id)
    .select_from(Unit)
    .outerjoin(
        Centre.__table__.join(_above, _above.id == Centre.unit_id),
        func.substr(Unit.path, 1, func.length(_above.path)) == _above.path,
    )
    .where(Unit.code == bindparam("code"))
    .order_by(func.length(_above.path).desc())
    .limit(1)
)


def place_at(session: Session, code: str) -> tuple[Unit, CentreRef]:
    """Return the unit with a code and the centre responsible for it, in one statement."""
    row = session.execute(_PLACE, {"code": code}).first()
    if row is None:
        raise NotFound("unit.unknown", msg("There is no unit “%(code)s”"), {"code": code})
    if row[1] is None:
        raise no_centre(row[0])
    return row[0], CentreRef(*row[1:])


def no_centre(unit: Unit) -> NotFound:
    """Return what to raise where no centre is responsible."""
    return NotFound("centre.none", msg("No centre is responsible for %(unit)s yet"), {"unit": unit.name})


def centre_of(session: Session, unit: Unit) -> CentreRef | None:
    """Return the centre of the unit itself or of its nearest ancestor that runs one."""
    query = (
        select(Centre.unit_id, Unit.code, Unit.path, Centre.name, Centre.agency, Centre.release_id)
        .join(Unit, Unit.id == Centre.unit_id)
        .where(Centre.unit_id.in_(unit.ancestor_ids))
        .order_by(func.length(Unit.path).desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return CentreRef(*row) if row else None


def all_centres(session: Session) -> list[CentreRef]:
    """Return every centre, upper levels first."""
    query = (
        select(Centre.unit_id, Unit.code, Unit.path, Centre.name, Centre.agency, Centre.release_id)
        .join(Unit, Unit.id == Centre.unit_id)
        .order_by(func.length(Unit.path), Unit.code)
    )
    return [CentreRef(*row) for row in session.execute(query)]
