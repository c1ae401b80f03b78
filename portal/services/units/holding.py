"""Keep units where they are in the tree while something is stored under their paths."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.persistence.models import AccessStamp, Unit
from portal.persistence.scope import prepared

_STAMP = select(func.max(AccessStamp.stamp))
_STAMPED = prepared(_STAMP)
_PATHS = prepared(
    select(Unit.id, Unit.path, _STAMP.scalar_subquery().label("stamp"))
    .where(Unit.id.in_(bindparam("ids", expanding=True)))
    .order_by(Unit.id)
    .with_for_update(read=True, of=Unit)
)


def hold(session: Session, *units: Unit, stamp: tuple[int, int] | None = None) -> bool:
    """Let units stay where they are until the transaction ends; False where one had moved since it was read.

    A move of one of them waits, and finds what is stored here. On SQLite there is one writer at a time. A record that
    is changed has to be loaded before, never after: moving takes records first, then units. Units that are kept under
    an access stamp come with it: False where it no longer holds, and they stay as they are.
    """
    if session.get_bind().dialect.name == "sqlite":
        return stamp is None or (session.scalar(_STAMPED) or 0) == stamp[0]
    rows = session.execute(_PATHS, {"ids": [unit.id for unit in units]}).all()
    paths = {row.id: row.path for row in rows}
    moved = [unit for unit in units if paths[unit.id] != unit.path]
    if stamp is not None:
        return not moved and all((row.stamp or 0) == stamp[0] for row in rows)
    for unit in moved:
        session.refresh(unit)
    return not moved
