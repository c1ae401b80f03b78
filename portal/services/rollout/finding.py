"""Plans as a person may see them: the one under way at a centre, the one carried out last, one by its identifier."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound, msg
from portal.persistence.models import RolloutPlan as Row

OPEN, SUBMITTED, APPLIED, ROLLED_BACK, DROPPED = "open", "submitted", "applied", "rolled_back", "dropped"
LIVE_PLANS = (OPEN, SUBMITTED)


def live_plan(session: Session, unit_id: int) -> Row | None:
    """Return the plan of a centre that was not carried out yet; None where there is none."""
    query = (
        select(Row).where(Row.unit_id == unit_id, Row.state.in_(LIVE_PLANS)).order_by(Row.id.desc()).limit(1)
    )
    return session.scalars(query).one_or_none()


def last_applied(session: Session, unit_id: int) -> Row | None:
    """Return the plan of a centre that was carried out last; None where none was."""
    query = select(Row).where(Row.unit_id == unit_id, Row.state == APPLIED).order_by(Row.id.desc()).limit(1)
    return session.scalars(query).one_or_none()


def plan_of(session: Session, uid: str) -> Row:
    """Return a plan; NotFound where the person sees none."""
    found = session.scalars(select(Row).where(Row.uid == uid)).one_or_none()
    if found is None:
        raise _unknown()
    return found


def is_live(session: Session, uid: str) -> bool:
    """Tell whether a plan was neither carried out nor given up."""
    return plan_of(session, uid).state in LIVE_PLANS


def held_plan(session: Session, uid: str, *states: str) -> Row:
    """Return a plan that no other act changes until this transaction ends, in one of some states."""
    query = select(Row).where(Row.uid == uid).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise _unknown()
    if found.state not in states:
        raise Conflict("rollout.state", msg("This plan was carried out already, or given up"))
    return found


def _unknown() -> NotFound:
    return NotFound("rollout.unknown", msg("There is no such plan"))
