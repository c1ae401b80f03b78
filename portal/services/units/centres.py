"""Centres: which unit runs one, and whose centre a unit belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.persistence.models import Centre, Unit


@dataclass(frozen=True, slots=True)
class CentreRef:
    """The centre responsible for a unit, and the release in force there."""

    unit_id: int
    unit_code: str
    unit_path: str
    name: str
    agency: str
    release_id: int


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
