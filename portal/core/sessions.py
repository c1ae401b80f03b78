"""What an entity type says of meetings: what its records book and when, which rows they bring from their whole, and
what is refused.

All of it is data of the type's ``entity`` part: ``books``, ``brings`` and ``refuses``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition, parse
from portal.core.masks import mask
from portal.core.text import Text
from portal.core.values import day_of
from portal.core.zone import LOCAL

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A while: from a moment until another; the end itself is free again."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Books:
    """Where a type has day and times, and the fields that name what is taken meanwhile.

    ``hours`` are those within which free times are told.
    """

    day: str
    begin: str
    end: str
    of: tuple[str, ...]
    hours: tuple[dt.time, dt.time]

    def span(self, data: Json) -> Span | None:
        """Return the while of a record; None until day, beginning and end are given, and where they are in disorder."""
        day, begin, end = (_text(data, where) for where in (self.day, self.begin, self.end))
        try:
            on = day_of(day)
            found = Span(_at(on, begin), _at(on, end))
        except ValueError:
            return None
        return found if found.start < found.end else None

    def in_disorder(self, data: Json) -> bool:
        """Tell whether the end does not come after the beginning."""
        begin, end = _text(data, self.begin), _text(data, self.end)
        return bool(begin and end) and begin >= end

    def free(self, day: dt.date, taken: Iterable[Span]) -> list[tuple[str, str]]:
        """Return the times of a day that nothing takes, within the hours."""
        at, last = (dt.datetime.combine(day, one, LOCAL) for one in self.hours)
        found = []
        for span in sorted(taken, key=lambda one: one.start):
            if span.start > at:
                found.append((at, min(span.start, last)))
            at = max(at, span.end)
        found.append((at, last))
        return [(clock(start), clock(end)) for start, end in found if start < end]


def clock(moment: dt.datetime) -> str:
    """Return the time of a moment as people read it at the centres."""
    return f"{moment.astimezone(LOCAL):%H:%M}"


def books_of(entity: Json) -> Books | None:
    """Return what an entity type books; None for one that books nothing."""
    raw = entity.get("books")
    if not raw:
        return None
    first, last = raw.get("hours", ("00:00", "23:59"))
    hours = (dt.time.fromisoformat(first), dt.time.fromisoformat(last))
    return Books(raw["day"], raw["from"], raw["until"], tuple(raw["of"]), hours)


@dataclass(frozen=True, slots=True)
class Consent:
    """Where a row says whether its party agrees, and which answers agree and refuse."""

    at: str
    agrees: frozenset[str]
    refuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Brings:
    """The rows of one list that come from the whole.

    A row is known again by its members ``key``; of these only a digest is kept, at ``ref``. ``masks`` say which members
    are kept masked, so that names stand in the whole alone.
    """

    ref: str
    key: tuple[str, ...]
    masks: Json
    sources: tuple[Json, ...]
    consent: Consent | None = None

    def rows(self, whole: Json, parts: Mapping[str, Sequence[Json]]) -> Iterator[tuple[tuple[str, ...], Row]]:
        """Yield the rows that a whole and its parts give, each with its key; the first row of a key counts."""
        seen = set()
        for source in self.sources:
            for raw in _raw_rows(source, whole, parts):
                row = Row.of(source, raw)
                found = tuple(pointers.get(row.taken | dict(row.first), where) for where in self.key)
                key = tuple(map(str, found))
                if all(one not in (None, "") for one in found) and key not in seen:
                    seen.add(key)
                    yield key, row.masked(self.masks)

    def types(self) -> set[str]:
        """Return the types of parts that rows come from."""
        return {str(source["of"]) for source in self.sources if "of" in source}


@dataclass(frozen=True, slots=True)
class Row:
    """One row that comes from the whole: what always follows it, and what a new row begins with."""

    taken: dict[str, Any]
    first: Json

    @classmethod
    def of(cls, source: Json, raw: Json) -> Row:
        """Return the row that a source makes of one thing."""
        taken: dict[str, Any] = {}
        for target, where in source["take"].items():
            value = pointers.get(raw, where)
            taken = taken if value in (None, "", []) else pointers.with_value(taken, target, value)
        return cls(taken, source.get("set", {}))

    def masked(self, masks: Json) -> Row:
        """Return the row with some members masked."""
        taken = self.taken
        for where, kind in masks.items():
            value = pointers.get(taken, where)
            taken = taken if value is None else pointers.with_value(taken, where, mask(kind, value))
        return Row(taken, self.first)

    def over(self, written: Json | None) -> dict[str, Any]:
        """Return the row with what was written beside it."""
        return {**(self.first if written is None else written), **self.taken}


def _raw_rows(source: Json, whole: Json, parts: Mapping[str, Sequence[Json]]) -> Sequence[Json]:
    if "of" in source:
        return parts.get(source["of"], ())
    if not source.get("at"):
        return [whole]
    rows = pointers.get(whole, source["at"])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def brings_of(entity: Json) -> dict[str, Brings]:
    """Return the lists of an entity type that are brought from its whole, by their pointer."""
    return {
        where: Brings(
            raw["ref"],
            tuple(raw["key"]),
            raw.get("mask", {}),
            tuple(raw["rows"]),
            _consent(raw.get("consent")),
        )
        for where, raw in (entity.get("brings") or {}).items()
    }


def _consent(raw: Any) -> Consent | None:
    if not isinstance(raw, Mapping):
        return None
    return Consent(raw["at"], frozenset(raw.get("agrees", ())), frozenset(raw.get("refuses", ())))


@dataclass(frozen=True, slots=True)
class Refused:
    """What is not accepted, with the sentence that says why and the field at which it is said."""

    when: Condition
    say: Text
    at: str


def refusals_of(entity: Json) -> list[Refused]:
    """Return what an entity type refuses, in the order of the identifiers; hidden ones are left out."""
    found = []
    for _, raw in sorted((entity.get("refuses") or {}).items()):
        condition = parse(raw["when"])[0]
        if condition is not None and not raw.get("hidden"):
            found.append(Refused(condition, raw["say"], raw.get("at", "")))
    return found


def _text(data: Json, where: str) -> str:
    value = pointers.get(data, where)
    return value if isinstance(value, str) else ""


def _at(day: dt.date, time: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time[:8]), LOCAL)
