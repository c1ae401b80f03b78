"""Open matters that hold what goes away: counted for many centres at once, in few statements, none of them loaded.

What is in a column is counted by the database, all things in one statement; what stands in the data of a matter is
looked at row by row as the rows come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, true
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.drafts.leaving import Leaving, by_path
from portal.core.values import is_missing
from portal.persistence.models import Record, Referral

_OPTIONS = {"unscoped": "how many open matters hold what goes; which they are is asked within the row scope"}
# So many centres and so many things in one statement, so many rows from the database at once.
_CENTRES, _THINGS, _ROWS = 5_000, 100, 1_000
# Of the matters that hold a thing, so many are looked at to name some.
SOME = 200
Counts = dict[int, dict[str, int]]
T = TypeVar("T")


def counted(session: Session, centres: Sequence[int], gone: Sequence[Leaving]) -> Counts:
    """Return by centre how many of its open matters hold each thing that goes, by the key of ``by_path``."""
    found: Counts = {}
    for some in at_once(sorted(centres), _CENTRES):
        for centre, key, number in _counted(session, some, _Gone(gone)):
            mine = found.setdefault(centre, {})
            mine[key] = mine.get(key, 0) + number
    return found


def some_holding(session: Session, centre: int, ones: Sequence[Leaving]) -> list[str]:
    """Return the identifiers of some open matters of a centre that hold a thing."""
    gone, found = _Gone(ones), list[str]()
    for conditions in gone.in_columns.values():
        query = select(Record.uid).where(_open_at([centre]), or_(*conditions)).limit(SOME)
        found += session.scalars(query, execution_options=_OPTIONS)
    for row in _rows(session, [centre], gone) if len(found) < SOME else ():
        if any(one.is_held(row) for one in gone.in_data[row.etype]):
            found.append(row.uid)
        if len(found) >= SOME:
            break
    return found[:SOME]


def at_once(things: Iterable[T], most: int) -> Iterator[list[T]]:
    """Yield things in lists of at most so many."""
    left = iter(things)
    while some := list(islice(left, most)):
        yield some


class _Gone:
    """Things that go: those that a column tells, as conditions by key, and those to be looked for in data, by type."""

    def __init__(self, gone: Sequence[Leaving]) -> None:
        self._by_key = by_path(gone)

    @cached_property
    def in_columns(self) -> Mapping[str, list[ColumnElement[bool]]]:
        """The conditions of each thing that the database tells by itself."""
        found: dict[str, list[ColumnElement[bool]]] = {}
        for key, ones in self._by_key.items():
            for one in ones:
                condition = _condition(one)
                if condition is not None:
                    of_type = Record.etype == one.etype if one.etype else true()
                    found.setdefault(key, []).append(and_(of_type, condition))
        return found

    @cached_property
    def in_data(self) -> Mapping[str, list[_Look]]:
        """The things to be looked for in the data of matters, by their type."""
        found: dict[str, list[_Look]] = {}
        for key, ones in self._by_key.items():
            for one in ones:
                if _condition(one) is None:
                    found.setdefault(one.etype, []).append(_Look(key, one))
        return found


class _Look:
    """One thing to be looked for in the data of a matter."""

    def __init__(self, key: str, one: Leaving) -> None:
        self.key = key
        self._parts, self._code = tuple(pointers.split(one.field)), one.code

    @property
    def outermost(self) -> str:
        """Return the name of the outermost part of the field."""
        return self._parts[0]

    def is_held(self, row: Any) -> bool:
        """Tell whether a matter holds the thing."""
        if self.outermost not in row.data:
            return False
        found = pointers.collected(row.data, self._parts)
        values = found if isinstance(found, list) else [found]
        if not self._code:
            return any(not is_missing(value) for value in values)
        code = self._code
        return any(code == value or (isinstance(value, list) and code in value) for value in values)


def _counted(session: Session, centres: Sequence[int], gone: _Gone) -> Iterator[tuple[int, str, int]]:
    for things in at_once(gone.in_columns.items(), _THINGS):
        sums = [func.sum(case((or_(*conditions), 1), else_=0)) for _, conditions in things]
        query = select(Record.centre_id, *sums).where(_open_at(centres)).group_by(Record.centre_id)
        for row in session.execute(query, execution_options=_OPTIONS):
            for (key, _), number in zip(things, row[1:], strict=True):
                if number:
                    yield row[0], key, int(number)
    for row in _rows(session, centres, gone):
        for key in {one.key for one in gone.in_data[row.etype] if one.is_held(row)}:
            yield row.centre_id, key, 1


def _rows(session: Session, centres: Sequence[int], gone: _Gone) -> Iterator[Any]:
    """Yield the open matters that have the outermost part of a field that is looked for."""
    if not gone.in_data:
        return
    wanted = [
        and_(Record.etype == etype, or_(*(_is_there(name) for name in {one.outermost for one in looks})))
        for etype, looks in gone.in_data.items()
    ]
    query = select(Record.centre_id, Record.uid, Record.etype, Record.data)
    query = query.where(_open_at(centres), or_(*wanted))
    options = {**_OPTIONS, "yield_per": _ROWS}
    yield from session.execute(query, execution_options=options)


def _open_at(centres: Sequence[int]) -> ColumnElement[bool]:
    here = Record.centre_id == centres[0] if len(centres) == 1 else Record.centre_id.in_(centres)
    return and_(here, Record.is_open)


def _is_there(name: str) -> ColumnElement[bool]:
    there: ColumnElement[bool] = Record.data[(name,)].as_string().is_not(None)
    return there


def _condition(one: Leaving) -> ColumnElement[bool] | None:
    """Return the condition by which columns tell that a matter holds a thing; None where only its data does."""
    match one.sort:
        case "stage":
            # Lanes stand beside the stage: those that are open count as well.
            return or_(Record.stage == one.code, Record.lanes[one.code].as_string() == "open")
        case "way":
            return Record.route == one.code
        case "seat" | "office":
            return Record.id.in_(_seated(one))
        case "whole":
            return true()
        case "empty":
            return not_(_is_there(pointers.split(one.field)[0]))
        case _:
            return None


def _seated(one: Leaving) -> Any:
    open_ones = Referral.status.in_(("sent", "accepted"))
    if one.sort == "office":
        return select(Referral.record_id).where(
            open_ones, Referral.seat["department"].as_string() == one.code
        )
    seat = and_(Referral.seat["kind"].as_string() == one.field, Referral.seat["id"].as_string() == one.code)
    return select(Referral.record_id).where(open_ones, seat)
