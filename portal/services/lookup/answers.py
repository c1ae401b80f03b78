"""Answers of parties after their matter is closed: kept as totals of a unit and a month, shown from five on.

No row tells of one matter. A month is shown when it is over, alone or with those after it until five have answered: a
total never changes by one answer before the eyes of those whom it is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.core.access import LIST, Access, Origin
from portal.core.errors import PortalError, msg
from portal.core.lookup import LookupWords, Question
from portal.persistence.models import LookupAnswer, LookupCode, Record, Unit
from portal.persistence.scope import subtree
from portal.services.indicators.marking import mark
from portal.services.lookup.finding import matter_of_ticket
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_at

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

REASON = "a party answers after closing"
LEAST = 5


class AnswerRefused(PortalError):
    """The answers cannot be taken: the page is too old, the matter is open again, or it was answered already."""


def give(portal: Portal, ticket: str, given: Mapping[str, str]) -> int:
    """Count the answers of a party once; return how many were counted. What is no answer of the release is left out.

    Raise AnswerRefused where nothing is counted.
    """
    with portal.writing(Access.system(REASON), Origin()) as uow:
        record = matter_of_ticket(portal, uow.session, ticket)
        if record is None:
            raise AnswerRefused("lookup.late", msg("This page is too old. Look your matter up again."))
        if record.is_open:
            raise AnswerRefused("lookup.open", msg("Your matter is not closed yet."))
        asked = {one.id: one for one in _questions(uow, record)}
        counted = {key: one for key, one in given.items() if key in asked and one in asked[key].answers}
        if not counted:
            raise AnswerRefused("lookup.empty", msg("Choose at least one answer, or leave the page."))
        # Of two pages at once, in whatever process, one changes the row.
        once = update(LookupCode).where(LookupCode.record_id == record.id, LookupCode.answered.is_(False))
        changed = uow.session.execute(once.values(answered=True))
        if not changed.rowcount:  # type: ignore[attr-defined]
            raise AnswerRefused("lookup.answered", msg("This matter was answered already. Thank you."))
        mark(uow, record.id)
        unit, month = record.handler_unit_id or record.unit_id, month_of(uow.today)
        for question, answer in sorted(counted.items()):
            _add(uow, (unit, record.etype, month, question, answer))
        uow.commit()
    return len(counted)


def _questions(uow: Work, record: Record) -> list[Question]:
    centre = centre_at(uow.session, record.centre_id)
    release = record.release_id if centre is None else centre.release_id
    return LookupWords.of(pinned(uow.portal, uow.session, release).settings).questions()


def _add(uow: Work, key: tuple[int, str, int, str, str]) -> None:
    row = LookupAnswer
    where = (row.unit_id, row.etype, row.month, row.question, row.answer)
    more = update(row).where(*(column == value for column, value in zip(where, key, strict=True)))
    more = more.values(number=row.number + 1)
    if uow.session.execute(more).rowcount:  # type: ignore[attr-defined]
        return
    unit, etype, month, question, answer = key
    try:
        with uow.session.begin_nested():
            first = row(unit_id=unit, etype=etype, month=month, question=question, answer=answer, number=1)
            uow.session.add(first)
    except IntegrityError:
        uow.session.execute(more)


@dataclass(frozen=True, slots=True)
class Totals:
    """How often each answer to one question was given about one unit, from one month to another."""

    unit: str
    question: str
    first: int
    last: int
    numbers: Mapping[str, int]

    @property
    def number(self) -> int:
        """Return how many answered."""
        return sum(self.numbers.values())


def totals(portal: Portal, access: Access, etype: str) -> list[Totals]:
    """Return the totals of the units whose records a person may list, each of five answers and more."""
    roots = access.paths(etype, LIST)
    if not roots:
        return []
    this_month = month_of(portal.clock.today())
    query = (
        select(Unit.path, Unit.name, LookupAnswer)
        .join(Unit, Unit.id == LookupAnswer.unit_id)
        .where(subtree(Unit.path, roots), LookupAnswer.etype == etype, LookupAnswer.month < this_month)
        .order_by(Unit.path, LookupAnswer.question, LookupAnswer.month)
    )
    found: dict[tuple[str, str, str], list[LookupAnswer]] = {}
    with portal.reading(Access.system("totals alone are shown, of five answers and more")) as session:
        for path, name, row in session.execute(query):
            found.setdefault((path, name, row.question), []).append(row)
        return [
            one for (_, name, question), rows in found.items() for one in _of_question(name, question, rows)
        ]


def month_of(day: dt.date) -> int:
    """Return the month of a day as it is stored."""
    return day.year * 100 + day.month


def _of_question(unit: str, question: str, rows: Sequence[LookupAnswer]) -> Iterator[Totals]:
    """Yield the totals of one question, each of as few months as five have answered in."""
    counts: dict[str, int] = {}
    first = 0
    for month, those in groupby(rows, lambda row: row.month):
        first = first or month
        for row in those:
            counts[row.answer] = counts.get(row.answer, 0) + row.number
        if sum(counts.values()) >= LEAST:
            yield Totals(unit, question, first, month, counts)
            counts, first = {}, 0
