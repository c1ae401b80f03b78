"""The figures of the home page: open records by stage and by due date, in one statement, however many there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.persistence.models import Record, RecordReach
from portal.persistence.scope import unit_of
from portal.services.figures.answers import kept_counts, whole_subtree
from portal.services.records.finding.searching import count_each

if TYPE_CHECKING:
    from portal.services.portal import Portal

# So many open records are looked at one by one; of more than these each figure is counted up to CAP alone.
EXACT = 5_000
CAP = 1_000
SOON = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; ``capped``: at least so many."""

    number: int = 0
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """Open records: all, by the stages asked for, at other stages, and by due date."""

    total: Count
    stages: Mapping[str, Count]
    elsewhere: Count
    dated: Count
    late: Count
    soon: Count


def overview(portal: Portal, session: Session, etype: str, stages: Collection[str]) -> Overview:
    """Return the figures of the open records that the session's person may list.

    All and by stage they are those that acts keep, wherever these tell; else open records are counted one by one.
    """
    today = portal.clock.today()
    root = whole_subtree(session, etype)
    kept = None if root is None else kept_counts(session, etype, "stage", open_only=True)
    if root is None or kept is None:
        return _counted(session, etype, stages, today)
    total = sum(kept.values())
    known = {stage: Count(kept.get(stage, 0)) for stage in stages}
    elsewhere = Count(total - sum(count.number for count in known.values()))
    # Few are counted to the last one; of very many it is told that there are more than so many.
    most = EXACT if total <= EXACT else CAP
    dated, late, soon = (_upto(number, most) for number in _due(session, etype, root, today, most))
    return Overview(Count(total), known, elsewhere, dated, late, soon)


def _upto(number: int, most: int) -> Count:
    return Count(min(number, most), number > most)


def _due(session: Session, etype: str, root: str, today: dt.date, most: int) -> Sequence[int]:
    """Count the open records of a unit by due date, along the index of its reach, each as far as one past ``most``."""
    due = RecordReach.due_on
    dated = select(RecordReach.record_id).where(
        RecordReach.unit_id == unit_of(root),
        RecordReach.etype == etype,
        RecordReach.is_open,
        due.is_not(None),
    )
    asked = (dated, dated.where(due < today), dated.where(due.between(today, today + SOON)))
    few = (one.limit(most + 1).subquery() for one in asked)
    numbers = (select(func.count()).select_from(one).scalar_subquery() for one in few)
    return session.execute(select(*numbers), execution_options=_options(etype)).one()


def _options(etype: str) -> dict[str, Any]:
    return {"scope_action": LIST, "scope_etype": etype}


def _counted(session: Session, etype: str, stages: Collection[str], today: dt.date) -> Overview:
    options = _options(etype)
    rows = session.execute(_by_stage(etype, today), execution_options=options).all()
    total = sum(row[1] for row in rows)
    if total > EXACT:
        return _capped(session, etype, stages, today, options)
    by_stage = {row[0]: int(row[1]) for row in rows}
    known = {stage: Count(by_stage.get(stage, 0)) for stage in stages}
    elsewhere = total - sum(count.number for count in known.values())
    dated, late, soon = (Count(sum(int(row[place] or 0) for row in rows)) for place in (2, 3, 4))
    return Overview(Count(total), known, Count(elsewhere), dated, late, soon)


def _open(etype: str) -> Select[Any]:
    return select(Record).where(Record.etype == etype, Record.is_open)


def _by_stage(etype: str, today: dt.date) -> Select[Any]:
    """Return the query for each stage: how many, with a due date, overdue, due soon; an index holds it all."""
    one = _open(etype).with_only_columns(Record.stage, Record.due_on).limit(EXACT + 1).subquery().c
    return select(
        one.stage,
        func.count(),
        func.count(one.due_on),
        func.sum(case((one.due_on < today, 1), else_=0)),
        func.sum(case((one.due_on.between(today, today + SOON), 1), else_=0)),
    ).group_by(one.stage)


def _capped(
    session: Session, etype: str, stages: Collection[str], today: dt.date, options: dict[str, Any]
) -> Overview:
    conditions: list[ColumnElement[bool]] = [
        or_(Record.stage.not_in(stages), Record.stage.is_(None)),
        Record.due_on.is_not(None),
        Record.due_on < today,
        Record.due_on.between(today, today + SOON),
        *(Record.stage == stage for stage in stages),
    ]
    numbers = count_each(session, [_open(etype).where(one) for one in conditions], CAP, options)
    counts = [Count(min(number, CAP), number > CAP) for number in numbers]
    return Overview(Count(EXACT, True), dict(zip(stages, counts[4:], strict=True)), *counts[:4])
