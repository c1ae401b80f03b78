"""The unit that an account belongs to: kept when its last role is taken, so that it can be found and closed there."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.persistence.models import AccountHome, Assignment, Unit


def home_of(session: Session, user_id: int) -> Unit | None:
    """Return the unit that an account belongs to; None before it was given a role."""
    query = select(Unit).join(AccountHome, AccountHome.unit_id == Unit.id)
    return session.scalars(query.where(AccountHome.user_id == user_id)).one_or_none()


def settle(session: Session, user_id: int) -> None:
    """Let an account belong to a unit where it holds a role: its own one if it can, else the uppermost."""
    session.flush()
    query = (
        select(Assignment.unit_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Assignment.user_id == user_id)
        .order_by(func.length(Unit.path), Assignment.id)
    )
    held = session.scalars(query).all()
    home = session.get(AccountHome, user_id)
    if not held or (home is not None and home.unit_id in held):
        return
    if home is None:
        session.add(AccountHome(user_id=user_id, unit_id=held[0]))
    else:
        home.unit_id = held[0]
    session.flush()
