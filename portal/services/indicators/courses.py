"""How records went, from their history: when each was accepted, when it last ended, how often it was taken up again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, Select, and_, case, func, or_, select

from portal.persistence.models import RecordEvent
from portal.services.indicators.cuts import Cuts
from portal.services.indicators.stages import Stages

if TYPE_CHECKING:
    from portal.services.indicators.sources import Owned


def courses(owned: Owned, stages: Stages, until: dt.datetime | Cuts | None = None) -> CTE:
    """Return the course of each record, as it was at a moment or at each of some.

    Columns: ``record_id``, ``accepted_at``, ``ended_at`` (the last time), ``ended`` and ``reopened`` (how often).
    What was entered when it was over, such as records of another system, was accepted when it was registered, and
    nothing tells when it ended.
    """
    event = RecordEvent
    at_once = and_(event.from_stage.is_(None), event.to_stage.in_(stages.final))
    ending = and_(event.to_stage.in_(stages.final), event.from_stage.not_in(stages.final))
    reopening = and_(event.from_stage.in_(stages.final), event.to_stage.not_in(stages.final))
    began = case((event.to_stage.in_(stages.begun), event.at), (at_once, owned.created_at))
    columns = {
        "accepted_at": func.min(began),
        "ended_at": func.max(case((ending, event.at))),
        "ended": _number(or_(at_once, ending)),
        "reopened": _number(reopening),
    }
    moved = (owned.only, event.to_stage.is_not(None))
    rows = select(event.record_id.label("record_id")).where(*moved)
    rows = rows.join(owned.table, owned.record_id == event.record_id)
    if isinstance(until, Cuts):
        return _at_each(until, rows, columns)
    rows = rows.add_columns(*(value.label(name) for name, value in columns.items()))
    rows = rows.group_by(event.record_id)
    return (rows if until is None else rows.where(event.at < until)).cte("course")


def _at_each(cuts: Cuts, rows: Select[Any], columns: Mapping[str, Any]) -> CTE:
    """Return how records had gone at each of some moments: after the last step before it.

    What had come together by each step is worked out once; adding up anew for each moment takes twice the time.
    """
    event = RecordEvent

    # Steps at one moment count together: by default a sum takes in all of them, and ``lead`` leaves a time in which it
    # stands to the last one alone. To order by more than the moment, or to sum by rows, would break that.
    def in_order(value: Any) -> Any:
        return value.over(partition_by=event.record_id, order_by=event.at)

    steps = rows.add_columns(
        event.at.label("at"),
        in_order(func.lead(event.at)).label("next_at"),
        *(in_order(value).label(name) for name, value in columns.items()),
    ).subquery("step")
    stood = and_(steps.c.at < cuts.until, or_(steps.c.next_at.is_(None), steps.c.next_at >= cuts.until))
    each = select(steps.c.record_id, *(steps.c[name] for name in columns), cuts.month.label("month"))
    return each.join(cuts.rows, stood).cte("course")


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
