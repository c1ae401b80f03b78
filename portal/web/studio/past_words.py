"""What a trial on past matters came to, in the words of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import msg
from portal.core.rules.past import Tally, Target
from portal.persistence.models import BackTest, Record
from portal.web.language import translate
from portal.web.studio.names import Names
from portal.web.words.links import record_url

MOST_WAYS = 60
MOST_ACROSS = 8
_REASONS: Mapping[str, str] = {
    "older": msg("The rules kept nothing of what they saw then"),
    "destroyed": msg("What was entered has been destroyed"),
    "undecided": msg("The rules were never asked about it"),
    "field": msg("The form did not ask then: %(name)s"),
    "count": msg("Nobody counted then: %(name)s"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A matter that would go elsewhere, for those who may see it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Way:
    """So many matters that went one way then and would go another one now."""

    then: str
    now: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing before and after: a period, a window, a department."""

    name: str
    before: int
    after: int

    @property
    def more(self) -> int:
        """Return by how much it becomes more; below zero where it becomes less."""
        return self.after - self.before


@dataclass(frozen=True)
class Told:
    """The counts of a trial, with names."""

    tally: Tally
    ways: list[Way]
    hidden_ways: int
    across: list[str]
    matrix: list[tuple[str, list[int]]]
    unknown: list[tuple[str, int]]
    periods: list[Change]
    windows: list[Change]
    departments: list[Change]

    @property
    def has_examples(self) -> bool:
        """Tell whether the person may see any of the examples."""
        return any(one.examples for one in self.ways)


def told(test: BackTest, session: Session, names: Names) -> Told:
    """Return what a trial came to; examples only of matters that the person of the session sees."""
    tally = Tally.from_json(test.result or {})
    moved = [(way, number) for way, number in tally.ways.most_common() if way[0] != way[1]]
    seen = _seen(session, (uid for way, _ in moved[:MOST_WAYS] for uid in tally.examples.get(way, ())))
    ways = [
        Way(
            names.target(then),
            names.target(now),
            number,
            tuple(seen[uid] for uid in tally.examples.get((then, now), ()) if uid in seen),
        )
        for (then, now), number in moved[:MOST_WAYS]
    ]
    across, matrix = _matrix([one for one, _ in moved], dict(moved), names)
    periods = sorted({*tally.lost, *tally.gained})
    return Told(
        tally,
        ways,
        max(len(moved) - MOST_WAYS, 0),
        across,
        matrix,
        [(_reason(why, names.input(name)), number) for (why, name), number in tally.unknown.most_common()],
        [Change(names.of("deadline", one), tally.lost[one], tally.gained[one]) for one in periods],
        _loads(tally, "windows", "window", names),
        _loads(tally, "departments", "department", names),
    )


def _reason(why: str, name: str) -> str:
    return (
        translate(_REASONS[why]) % {"name": name} if why in ("field", "count") else translate(_REASONS[why])
    )


def _seen(session: Session, uids: Iterable[str]) -> dict[str, Example]:
    query = select(Record.uid, Record.etype, Record.code).where(Record.uid.in_(sorted(set(uids))))
    return {
        uid: Example(code or translate(msg("one of them")), record_url(etype, uid))
        for uid, etype, code in session.execute(query)
    }


def _matrix(
    moved: list[tuple[Target | None, Target | None]], counts: Mapping[Any, int], names: Names
) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Return the counts as a table from where to where, places alone; the rarest places are taken together."""
    places: dict[tuple[str, str], int] = {}
    for way in moved:
        key = _place(way[0], names), _place(way[1], names)
        places[key] = places.get(key, 0) + counts[way]
    columns = _often({now: 0 for _, now in places}, ((now, number) for (_, now), number in places.items()))
    rows = _often({then: 0 for then, _ in places}, ((then, number) for (then, _), number in places.items()))
    others = translate(msg("others"))
    across = [*columns[:MOST_ACROSS], *([others] if len(columns) > MOST_ACROSS else [])]
    table = []
    for then in rows:
        line = [places.get((then, now), 0) for now in columns]
        rest = [sum(line[MOST_ACROSS:])] if len(columns) > MOST_ACROSS else []
        table.append((then, [*line[:MOST_ACROSS], *rest]))
    return across, table


def _place(target: Target | None, names: Names) -> str:
    return names.target(target._replace(route="") if target is not None else None)


def _often(found: dict[str, int], counted: Iterable[tuple[str, int]]) -> list[str]:
    for name, number in counted:
        found[name] += number
    return sorted(found, key=lambda name: (-found[name], name))


def _loads(tally: Tally, name: str, kind: str, names: Names) -> list[Change]:
    """Return windows or departments, those that change most first."""
    found = [Change(names.of(kind, code), *pair) for code, pair in tally.loads(name).items()]
    return sorted(found, key=lambda one: (-abs(one.more), -one.before, one.name))
