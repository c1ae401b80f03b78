"""Centres: which unit runs one, whose centre a unit belongs to, and which release is in force there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import NotFound, msg
from portal.persistence.models import Centre, ReleaseActivation, Unit
from portal.persistence.scope import prepared
from portal.services.units.in_force import activation_at, moment


@dataclass(frozen=True, slots=True)
class CentreRef:
    """The centre responsible for a unit, and the release in force there."""

    unit_id: int
    unit_code: str
    unit_path: str
    name: str
    agency: str
    release_id: int


def naming(row: Any) -> tuple[Any, Any]:
    """Return a centre's name and agency word: those of the activation in force, else those of its own row."""
    return (
        case((row.name != "", row.name), else_=Centre.name),
        case((row.agency != "", row.agency), else_=Centre.agency),
    )


_above = aliased(Unit)
_force = aliased(ReleaseActivation)
_CENTRE = (Centre.unit_id, Unit.code, Unit.path, *naming(_force), _force.release_id)
# From the few centres upwards: those whose path begins the unit's, the longest first.
_PLACE = prepared(
    select(Unit, Centre.unit_id, _above.code, _above.path, *naming(_force), _force.release_id)
    .select_from(Unit)
    .outerjoin(
        Centre.__table__.join(_above, _above.id == Centre.unit_id).join(
            _force, _force.id == activation_at(Centre.unit_id)
        ),
        func.substr(Unit.path, 1, func.length(_above.path)) == _above.path,
    )
    .where(Unit.code == bindparam("code"))
    .order_by(func.length(_above.path).desc())
    .limit(1)
)
_CENTRES = (
    select(*_CENTRE)
    .join(Unit, Unit.id == Centre.unit_id)
    .join(_force, _force.id == activation_at(Centre.unit_id))
)
_NEAREST = prepared(
    _CENTRES.where(Centre.unit_id.in_(bindparam("ids", expanding=True)))
    .order_by(func.length(Unit.path).desc())
    .limit(1)
)
_ALL = prepared(_CENTRES.order_by(func.length(Unit.path), Unit.code))


def place_at(session: Session, code: str) -> tuple[Unit, CentreRef]:
    """Return the unit with a code and the centre responsible for it, in one statement."""
    row = session.execute(_PLACE, {"code": code, **moment(session)}).first()
    if row is None:
        raise NotFound("unit.unknown", msg("There is no unit “%(code)s”"), {"code": code})
    if row[1] is None:
        raise no_centre(row[0])
    return row[0], CentreRef(*row[1:])


def no_centre(unit: Unit) -> NotFound:
    """Return the refusal for a unit for which no centre is responsible."""
    return NotFound("centre.none", msg("No centre is responsible for %(unit)s yet"), {"unit": unit.name})


def centre_of(session: Session, unit: Unit) -> CentreRef | None:
    """Return the centre of the unit itself or of its nearest ancestor that runs one.

    A centre whose first release is still to come is not responsible yet.
    """
    return _nearest(session, unit.ancestor_ids)


def centre_at(session: Session, unit_id: int) -> CentreRef | None:
    """Return the centre that a unit runs itself."""
    return _nearest(session, [unit_id])


def _nearest(session: Session, ids: list[int]) -> CentreRef | None:
    row = session.execute(_NEAREST, {"ids": ids, **moment(session)}).first()
    return CentreRef(*row) if row else None


def all_centres(session: Session) -> list[CentreRef]:
    """Return every centre, upper levels first."""
    return [CentreRef(*row) for row in session.execute(_ALL, moment(session))]


def only_county(session: Session) -> str:
    """Return the name of the county's centre where there is one county's centre alone; empty where there are more."""
    query = (
        select(naming(_force)[0], Unit.name)
        .select_from(Centre)
        .join(Unit, Unit.id == Centre.unit_id)
        .join(_force, _force.id == activation_at(Centre.unit_id))
        .where(Unit.level == "county")
        .limit(2)
    )
    found = session.execute(query, moment(session)).all()
    return str(found[0][0] or found[0][1]) if len(found) == 1 else ""
