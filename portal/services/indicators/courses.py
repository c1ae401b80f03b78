"""How records went, from their history: when each was accepted, when it last ended, how often it was taken up again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CTE, and_, case, func, or_, select

from portal.persistence.models import RecordEvent, RecordReach
from portal.services.indicators.cuts import Cuts
from portal.services.indicators.stages import Stages


def courses(owned: Any, stages: Stages, until: dt.datetime | Cuts | None = None) -> CTE:
    """Return the course of each record, as it was at a moment or at each of some; ``owned`` says which rows of reach.

    Columns: ``record_id``, ``accepted_at``, ``ended_at`` (the last time), ``ended`` and ``reopened`` (how often).
    What was entered when it was over, such as records of another system, was accepted when it was registered, and
    nothing tells when it ended.
    """
    event = RecordEvent
    at_once = and_(event.from_stage.is_(None), event.to_stage.in_(stages.final))
    ending = and_(event.to_stage.in_(stages.final), event.from_stage.not_in(stages.final))
    reopening = and_(event.from_stage.in_(stages.final), event.to_stage.not_in(stages.final))
    rows = (
        select(
            event.record_id.label("record_id"),
            func.min(
                case((event.to_stage.in_(stages.begun), event.at), (at_once, RecordReach.created_at))
            ).label("accepted_at"),
            func.max(case((ending, event.at))).label("ended_at"),
            _number(or_(at_once, ending)).label("ended"),
            _number(reopening).label("reopened"),
        )
        .join(RecordReach, RecordReach.record_id == event.record_id)
        .where(owned, event.to_stage.is_not(None))
        .group_by(event.record_id)
    )
    if isinstance(until, Cuts):
        at_each = rows.join(until.rows, event.at < until.until).add_columns(until.month.label("month"))
        return at_each.group_by(until.month).cte("course")
    return (rows if until is None else rows.where(event.at < until)).cte("course")


def _number(test: Any) -> Any:
    return func.sum(case((test, 1), else_=0))


def is_accepted(course: CTE) -> Any:
    """Return whether it was accepted."""
    return course.c.accepted_at.is_not(None)


def has_ended(course: CTE) -> Any:
    """Return whether it ended and was not taken up again."""
    return func.coalesce(course.c.ended, 0) > func.coalesce(course.c.reopened, 0)


def is_concluded(course: CTE) -> Any:
    """Return whether it ended after it was accepted, and was not taken up again."""
    return and_(course.c.accepted_at.is_not(None), has_ended(course))
