"""Where the database has the facts that indicators name: of records, their course, referrals, periods and the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import CTE, and_, case, exists, or_, type_coerce
from sqlalchemy.orm import aliased

from portal.core.conditions import pointers
from portal.core.indicators import Indicator
from portal.core.kinds import KINDS
from portal.core.values import BOOLEAN, NUMBER, TEXT
from portal.persistence.condition_sql import Column, OwnColumn, document
from portal.persistence.condition_sql.documents import (
    JSON_KINDS,
    json_kind,
    json_number,
    json_text,
    json_true,
)
from portal.persistence.local_days import local_day
from portal.persistence.models import (
    Assignment,
    Clock,
    LookupAnswer,
    LookupCode,
    Paper,
    Record,
    RecordEvent,
    RecordLink,
    Unit,
    User,
)
from portal.services.bundles import Bundle
from portal.services.indicators.courses import is_accepted, is_concluded
from portal.services.records.handling.waiting_columns import clock_columns, record_columns, referral_columns

_OURS = ("centre", "handler")


def columns_of(
    bundle: Bundle, indicator: Indicator, course: CTE | None, cut_off: dt.date | Any
) -> Mapping[str, Column]:
    """Return the columns behind the facts that an indicator names, by pointer."""
    found: dict[str, Column] = {}
    for root in indicator.of.reads:
        if root != "course" or course is not None:
            facts = _course(course, cut_off) if root == "course" and course is not None else _ROOTS[root]()
            found.update((f"/{root}/{name}", column) for name, column in facts.items())
    if indicator.of.fields:
        found |= _declared(bundle, indicator.entity, named_by(indicator))
    return found


def named_by(indicator: Indicator) -> frozenset[str]:
    """Return the pointers that the conditions of an indicator name."""
    conditions = (one for one in (indicator.base, indicator.counted) if one is not None)
    return frozenset(name for one in conditions for name in pointers(one))


def _course(course: CTE, cut_off: dt.date | Any) -> dict[str, Column]:
    return {
        "accepted": _flag(is_accepted(course)),
        "concluded": _flag(is_concluded(course)),
        "reopened": _flag(course.c.reopened > 0),
        "late": _flag(_ran_out(course)),
        "overdue": _flag(and_(Record.due_on.is_not(None), Record.due_on < cut_off)),
        "repeats": _flag(exists().where(RecordLink.from_id == Record.id, RecordLink.kind == "repeat")),
        "answered": _flag(exists().where(LookupCode.record_id == Record.id, LookupCode.answered)),
    }


def _ran_out(course: CTE) -> Any:
    """Return whether a period of the centre or the handling unit ran out before the record ended."""
    clock, ended_on = aliased(Clock), local_day(course.c.ended_at)
    return exists().where(
        clock.record_id == Record.id,
        clock.whose.in_(_OURS),
        clock.due_on < ended_on,
        or_(clock.ended_on.is_(None), clock.ended_on > clock.due_on),
    )


def _flag(test: Any) -> OwnColumn:
    """Return a column that is yes or no of every row: what is not known is no."""
    return OwnColumn(case((test, True), else_=False), "boolean", given=True)


def _document() -> dict[str, Column]:
    return {name: OwnColumn(getattr(Paper, name), "text", blank=True) for name in ("document", "status")}


def _evaluation() -> dict[str, Column]:
    return {name: OwnColumn(getattr(LookupAnswer, name), "text") for name in ("question", "answer")}


def _unit() -> dict[str, Column]:
    held = exists().where(
        Assignment.unit_id == Unit.id,
        Assignment.confirmed_at.is_not(None),
        User.id == Assignment.user_id,
        User.active.is_(True),
    )
    return {
        "level": OwnColumn(Unit.level, "text"),
        "kind": OwnColumn(Unit.kind, "text"),
        "active": OwnColumn(Unit.active, "boolean", given=True),
        "account": _flag(held),
    }


def _account() -> dict[str, Column]:
    return {"active": _flag(User.active.is_(True)), "signed_in": _flag(User.last_login.is_not(None))}


_ROOTS: Mapping[str, Callable[[], Mapping[str, Column]]] = {
    "record": record_columns,
    "referral": referral_columns,
    "clock": clock_columns,
    "document": _document,
    "evaluation": _evaluation,
    "unit": _unit,
    "account": _account,
    "checklist": dict,
}


def _declared(bundle: Bundle, etype: str, names: frozenset[str]) -> dict[str, Column]:
    """Return what is named of a type: fields as its document has them, lanes, steps and events.

    What nobody asks for is not made: each step and event is a table of its own in the statement.
    """
    found: dict[str, Column] = {}
    for pointer, info in bundle.fields(etype).items():
        if f"/data{pointer}" not in names:
            continue
        held = document(Record.data, pointer) if "*" not in pointer else None
        if held is not None:
            found[f"/data{pointer}"] = _value(held.places[0], KINDS[info.type].compared)
    lifecycle = bundle.lifecycle_of(etype)
    for stage in lifecycle.stages if lifecycle is not None else ():
        if stage.parallel and f"/lanes/{stage.id}" in names:
            found[f"/lanes/{stage.id}"] = OwnColumn(Record.lanes[stage.id].as_string(), "text")
    for step in lifecycle.transitions if lifecycle is not None else ():
        if f"/steps/{step.id}" not in names:
            continue
        event = aliased(RecordEvent)
        taken = exists().where(
            event.record_id == Record.id, event.kind == "transition", event.name == step.id
        )
        found[f"/steps/{step.id}"] = _flag(taken)
    for name in {event for one in bundle.periods.values() for event in (*one.starts, *one.ends)}:
        if f"/events/{name}" not in names:
            continue
        clock = aliased(Clock)
        kept = exists().where(clock.record_id == Record.id, or_(clock.event == name, clock.end_event == name))
        found[f"/events/{name}"] = _flag(kept)
    return found


def _value(path: tuple[str, ...], kind: str) -> OwnColumn:
    """Return the value at a path of the data; one of another kind is none."""
    held = json_kind(Record.data, *path)
    if kind == BOOLEAN:
        return OwnColumn(case((held.in_(JSON_KINDS[BOOLEAN]), json_true(Record.data, *path))), "boolean")
    if kind == NUMBER:
        return OwnColumn(json_number(Record.data, *path), "number")
    return OwnColumn(case((held.in_(JSON_KINDS[TEXT]), json_text(Record.data, *path))), "text", blank=True)


def day_of(indicator: Indicator) -> Any:
    """Return the day by which a dated indicator takes in records, as a document writes it."""
    path = [part for part in indicator.day.removeprefix("/data").split("/") if part]
    return type_coerce(_value(tuple(path), "").expression, json_text.type)
