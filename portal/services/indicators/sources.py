"""The rows that an indicator counts: from which tables, at which unit each counts, and by which moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, Select, and_, case, func, literal, or_, true

from portal.core.conditions import pointers
from portal.core.indicators import Indicator, Period
from portal.core.indicators.sorts import ACCEPTED, CONCLUDED, CUT_OFF, DATED, DUE
from portal.core.zone import begin_of
from portal.persistence.among import among
from portal.persistence.models import (
    AccountHome,
    Clock,
    LookupAnswer,
    Paper,
    Record,
    RecordReach,
    Referral,
    Unit,
    User,
)
from portal.persistence.models.reach import OWNER
from portal.persistence.scope import end_of
from portal.services.indicators.columns import day_of
from portal.services.indicators.courses import courses, has_ended, is_concluded
from portal.services.indicators.cuts import Cuts
from portal.services.indicators.stages import Stages

_COURSE = "/course/"
# How a moment lies in its column, and what a period's two ends are there.
_ENDS: Mapping[str, Callable[[dt.date], Any]] = {
    "moment": begin_of,
    "day": lambda day: day,
    "text": dt.date.isoformat,
    "month": lambda day: day.year * 100 + day.month,
}


@dataclass(frozen=True, slots=True)
class Source:
    """The tables of an indicator joined: where each row counts, its moment, how much it counts, and what must hold."""

    joined: Callable[[Select[Any]], Select[Any]]
    unit_id: Any
    moment: Any = None
    kind: str = "moment"
    weight: Any = field(default_factory=lambda: literal(1))
    course: CTE | None = None
    only: tuple[Any, ...] = ()

    def bucket(self, periods: list[Period]) -> tuple[Any, Any]:
        """Return the number of the period that takes in a row, and whether one does."""
        if self.moment is None:
            return literal(0), true()
        ends = _ENDS[self.kind]
        within = [and_(self.moment >= ends(one.first), self.moment < ends(one.after)) for one in periods]
        return case(*((test, at) for at, test in enumerate(within))), or_(*within)


@dataclass(frozen=True, slots=True)
class Owned:
    """The first table of a statement over records: rows of reach that a unit owns, or some records themselves."""

    table: Any
    record_id: Any
    created_at: Any
    only: Any

    def joined(self, rows: Select[Any]) -> Select[Any]:
        """Return a statement with these rows and their records as its first tables."""
        if self.table is Record:
            return rows.select_from(Record).where(self.only)
        return rows.select_from(self.table).join(Record, and_(self.record_id == Record.id, self.only))


@dataclass(frozen=True, slots=True)
class Place:
    """The unit under which everything is counted, or the records that are counted wherever they lie."""

    id: int
    path: str
    records: tuple[int, ...] | None = None

    def owned(self, etype: str) -> Owned:
        """Return the rows that say which records are owned here: one for each record."""
        if self.records is not None:
            # Of the records themselves: how many of their rows of reach are of their very unit, no database foresees.
            return Owned(
                Record,
                Record.id,
                Record.created_at,
                and_(among(Record.id, self.records), Record.etype == etype),
            )
        reach = RecordReach
        own = and_(reach.unit_id == self.id, reach.etype == etype, reach.why == OWNER)
        return Owned(reach, reach.record_id, reach.created_at, own)

    def has(self, path: Any, record_id: Any) -> tuple[Any, ...]:
        """Return what must hold of a row that says its unit, and its record, to lie here."""
        if self.records is not None:
            return (among(record_id, self.records),)
        return (path >= self.path, path < end_of(self.path))


Until = dt.datetime | Cuts | None


def source_of(indicator: Indicator, place: Place, stages: Stages, until: Until) -> Source:
    """Return the rows of an indicator under a unit; ``until`` is the cut-off of what stands at the end of a period."""
    return _SOURCES[indicator.of.name](indicator, place, stages, until)


def reads_course(indicator: Indicator) -> bool:
    """Tell whether an indicator asks how records went."""
    named = [name for one in (indicator.base, indicator.counted) if one is not None for name in pointers(one)]
    by_course = indicator.cohort in (ACCEPTED, CONCLUDED, CUT_OFF)
    return by_course or any(name.startswith(_COURSE) for name in named)


def _records(indicator: Indicator, place: Place, stages: Stages, until: Until) -> Source:
    owned = place.owned(indicator.entity)
    course = courses(owned, stages, until) if reads_course(indicator) else None
    cuts = until if isinstance(until, Cuts) else None

    def joined(rows: Select[Any]) -> Select[Any]:
        rows = owned.joined(rows)
        if course is None:
            return rows
        same = course.c.record_id == Record.id
        if cuts is None:
            return rows.outerjoin(course, same)
        rows = rows.join(cuts.rows, owned.created_at < cuts.until)
        return rows.outerjoin(course, and_(same, course.c.month == cuts.month))

    match indicator.cohort:
        case cohort if cohort == DATED:
            return Source(joined, Record.unit_id, day_of(indicator), "text", course=course)
        case cohort if cohort == ACCEPTED and course is not None:
            return Source(joined, Record.unit_id, course.c.accepted_at, course=course)
        case cohort if cohort == CONCLUDED and course is not None:
            return Source(
                joined, Record.unit_id, course.c.ended_at, course=course, only=(is_concluded(course),)
            )
        case cohort if cohort == CUT_OFF and course is not None and cuts is not None:
            return Source(
                joined, Record.unit_id, cuts.month, "number", course=course, only=(~has_ended(course),)
            )
        case cohort if cohort == CUT_OFF and course is not None and until is not None:
            there = (owned.created_at < until, ~has_ended(course))
            return Source(joined, Record.unit_id, course=course, only=there)
    # Of a unit along the index of reach, in the order in which records were registered.
    return Source(joined, Record.unit_id, owned.created_at, course=course)


def _referrals(indicator: Indicator, place: Place, _stages: Stages, _until: Until) -> Source:
    below = place.has(Referral.to_path, Referral.record_id)
    moment = Referral.answered_at if indicator.cohort == CONCLUDED else Referral.created_at

    def joined(rows: Select[Any]) -> Select[Any]:
        return rows.select_from(Referral).join(Record, Record.id == Referral.record_id)

    only = (*below, Referral.etype == indicator.entity)
    return Source(joined, Referral.to_unit_id, moment, only=only)


def _clocks(indicator: Indicator, place: Place, _stages: Stages, _until: Until) -> Source:
    moment = Clock.due_on if indicator.cohort == DUE else Clock.started_on

    def joined(rows: Select[Any]) -> Select[Any]:
        return place.owned(indicator.entity).joined(rows).join(Clock, Clock.record_id == Record.id)

    return Source(joined, Record.unit_id, moment, "day")


def _documents(indicator: Indicator, place: Place, _stages: Stages, _until: Until) -> Source:
    below = place.has(Paper.unit_path, Paper.record_id)

    def joined(rows: Select[Any]) -> Select[Any]:
        return rows.select_from(Paper).join(Record, Record.id == Paper.record_id)

    return Source(
        joined, Paper.unit_id, Paper.issued_on, "day", only=(*below, Paper.etype == indicator.entity)
    )


def _evaluations(_indicator: Indicator, place: Place, _stages: Stages, _until: Until) -> Source:
    def joined(rows: Select[Any]) -> Select[Any]:
        return rows.select_from(LookupAnswer).join(Unit, Unit.id == LookupAnswer.unit_id)

    answer = LookupAnswer
    return Source(joined, answer.unit_id, answer.month, "month", answer.number, only=_below(place))


def _units(_indicator: Indicator, place: Place, _stages: Stages, _until: Until) -> Source:
    return Source(lambda rows: rows.select_from(Unit), Unit.id, only=_below(place))


def _accounts(_indicator: Indicator, place: Place, _stages: Stages, _until: Until) -> Source:
    def joined(rows: Select[Any]) -> Select[Any]:
        rows = rows.select_from(AccountHome).join(Unit, Unit.id == AccountHome.unit_id)
        return rows.join(User, User.id == AccountHome.user_id)

    return Source(joined, AccountHome.unit_id, only=_below(place))


def _below(place: Place) -> tuple[Any, ...]:
    return (Unit.path >= place.path, Unit.path < end_of(place.path))


_SOURCES: Mapping[str, Callable[[Indicator, Place, Stages, Until], Source]] = {
    "record": _records,
    "session": _records,
    "referral": _referrals,
    "clock": _clocks,
    "document": _documents,
    "evaluation": _evaluations,
    "unit": _units,
    "account": _accounts,
}


def number(source: Source, test: Any = None) -> Any:
    """Return the sum of what rows count, of those for which a test holds."""
    return func.sum(source.weight if test is None else case((test, source.weight), else_=0))
