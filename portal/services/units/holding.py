"""Keep units where they are in the tree while something is stored under their paths."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.persistence.models import Unit
from portal.persistence.scope import prepared

_PATHS = prepared(
    select(Unit.id, Unit.path)
    .where(Unit.id.in_(bindparam("ids", expanding=True)))
    .order_by(Unit.id)
    .with_for_update(read=True, of=Unit)
)


def hold(session: Session, *units: Unit) -> bool:
    """Let units stay where they are until the transaction ends; False where one had moved since it was read.

    A move of one of them waits, and finds what is stored here. On SQLite there is one writer at a time. A record that
    is changed has to be loaded before, never after: moving takes records first, then units.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    rows = session.execute(_PATHS, {"ids": [unit.id for unit in units]})
    paths = {row.id: row.path for row in rows}
    moved = [unit for unit in units if paths[unit.id] != unit.path]
    for unit in moved:
        session.refresh(unit)
    return not moved
