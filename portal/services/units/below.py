"""Units below one, for a list to choose from: those right below it first, with their departments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import Unit
from portal.persistence.scope import end_of

MOST = 200


def units_to_choose(session: Session, path: str, most: int = MOST) -> list[tuple[str, str]]:
    """Return code and name of units below a path, the nearest first."""
    rows = select(Unit.code, Unit.name, Unit.path).where(
        Unit.path > path, Unit.path < end_of(path), Unit.active.is_(True)
    )
    found = sorted(session.execute(rows).all(), key=lambda row: (row.path.count("/"), row.code))
    return [(code, name) for code, name, _ in found[:most]]
