"""Counts of single units, added up for a unit and for those right below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.indicators import Counts, total
from portal.persistence.models import Unit
from portal.persistence.scope import end_of
from portal.services.indicators.sources import Place

V = TypeVar("V")
LEAST_EVALUATIONS = 5


@dataclass(frozen=True)
class Level:
    """A unit and those right below it."""

    unit: Unit
    below: tuple[Unit, ...]
    session: Session

    @cached_property
    def child(self) -> Mapping[int, int]:
        """Return below which of these units each unit of the subtree lies; the unit itself has its own number."""
        path, depth = self.unit.path, len(self.unit.ancestor_ids)
        found = {}
        rows = select(Unit.id, Unit.path).where(Unit.path >= path, Unit.path < end_of(path))
        for unit_id, below in self.session.execute(rows):
            line = [int(part) for part in below.strip("/").split("/")]
            found[unit_id] = line[depth] if len(line) > depth else self.unit.id
        return found

    @property
    def place(self) -> Place:
        """Return the unit as the place under which is counted."""
        return Place(self.unit.id, self.unit.path)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Return the unit itself and those right below it."""
        return (self.unit.id, *(one.id for one in self.below))

    def gathered(self, by_unit: Mapping[int, V]) -> dict[int, list[V]]:
        """Return what was counted by the units of this level."""
        found: dict[int, list[V]] = {}
        for unit_id, value in by_unit.items():
            if unit_id in self.child:
                found.setdefault(self.child[unit_id], []).append(value)
        return found

    def counts(self, by_unit: Mapping[int, Counts]) -> dict[int, Counts]:
        """Return the counts of each unit of this level: a sum of counts, never of rates."""
        return {unit_id: total(some) for unit_id, some in self.gathered(by_unit).items()}

    def days(self, by_unit: Mapping[int, Counter[int]]) -> dict[int, Counter[int]]:
        """Return the days of each unit of this level, from which its median is taken."""
        return {unit_id: together(some) for unit_id, some in self.gathered(by_unit).items()}


def together(some: Iterable[Counter[int]]) -> Counter[int]:
    """Return histograms as one."""
    found: Counter[int] = Counter()
    for one in some:
        found.update(one)
    return found


def level_of(session: Session, unit: Unit) -> Level:
    """Return a unit with those right below it, places before departments."""
    below = session.scalars(
        select(Unit).where(Unit.parent_id == unit.id).order_by(Unit.kind == "department", Unit.code)
    ).all()
    return Level(unit, tuple(below), session)


def hides_small(counts: Mapping[int, Counts], whole: Counts) -> bool:
    """Tell whether evaluations of single units stay hidden: where one would tell of fewer than five, all do.

    With one of them alone hidden it would follow from the others and the whole.
    """
    return any(0 < one.base < LEAST_EVALUATIONS for one in (*counts.values(), whole))
