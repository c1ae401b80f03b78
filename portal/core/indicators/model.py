"""An indicator, compiled: what it counts, of which cohort, what it shows, and the words that define it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from portal.core.conditions import Condition, parse
from portal.core.errors import DefinitionError, msg
from portal.core.indicators.examples import Worked, worked
from portal.core.indicators.sorts import CUT_OFF, RATE, SORTS, Sort
from portal.core.text import Text

MONTHS: Mapping[str, int] = MappingProxyType({"month": 1, "quarter": 3, "year": 12})


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole months one after another: from the first day of a month, so many of them."""

    year: int
    month: int
    months: int = 1

    @classmethod
    def of(cls, day: dt.date, kind: str = "month") -> Period:
        """Return the month, quarter or year that a day lies in."""
        months = MONTHS[kind]
        return cls(day.year, (day.month - 1) // months * months + 1, months)

    @property
    def first(self) -> dt.date:
        """Return the first day."""
        return dt.date(self.year, self.month, 1)

    @property
    def after(self) -> dt.date:
        """Return the day after the last one."""
        return self.moved(self.months).first

    @property
    def keys(self) -> tuple[int, ...]:
        """Return its months, each as year times 100 plus month."""
        each = (self.moved(n) for n in range(self.months))
        return tuple(one.year * 100 + one.month for one in each)

    def moved(self, months: int) -> Period:
        """Return the period so many months later, or earlier."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(year, month + 1, self.months)

    @property
    def before(self) -> Period:
        """Return the period right before it."""
        return self.moved(-self.months)

    @property
    def year_before(self) -> Period:
        """Return the same period of the year before."""
        return self.moved(-12)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A pair of counts with a cohort; ``base`` None takes in the whole cohort, ``counted`` is None without a rate."""

    id: str
    title: Text
    short: Text
    of: Sort
    entity: str
    shows: str
    cohort: str
    base: Condition | None
    counted: Condition | None
    definition: Text
    source: Text
    day: str = ""
    by: str = ""
    breakdowns: frozenset[str] = frozenset()
    periods: frozenset[str] = frozenset(MONTHS)
    places: int = 1
    better: str = ""
    pairs: tuple[str, ...] = ()
    board: bool = False
    position: float = 0
    hidden: bool = False
    examples: tuple[Worked, ...] = field(default=())

    @property
    def is_rate(self) -> bool:
        """Tell whether it shows a rate."""
        return self.shows == RATE

    @property
    def stands_at_the_end(self) -> bool:
        """Tell whether it counts what stands at the end of a period instead of what came in it."""
        return self.cohort == CUT_OFF


def compile_indicator(indicator_id: str, raw: Mapping[str, Any]) -> Indicator:
    """Compile an indicator that was checked; DefinitionError with all problems when a condition can't be used."""
    base, problems = parse(raw["denominator"], counts=False) if "denominator" in raw else (None, [])
    counted, more = parse(raw["numerator"], counts=False) if "numerator" in raw else (None, [])
    if problems or more:
        message = msg("The indicator %(id)s can't be used")
        raise DefinitionError("indicator.broken", message, {"id": indicator_id}, [*problems, *more])
    return Indicator(
        id=indicator_id,
        title=raw["title"],
        short=raw.get("short") or raw["title"],
        of=SORTS[raw["of"]],
        entity=raw.get("entity", ""),
        shows=raw["shows"],
        cohort=raw["cohort"],
        base=base,
        counted=counted,
        definition=raw["definition"],
        source=raw.get("source", ""),
        day=raw.get("day", ""),
        by=raw.get("by", ""),
        breakdowns=frozenset(raw.get("breakdowns", ())),
        periods=frozenset(raw.get("periods", MONTHS)),
        places=raw.get("round", 1),
        better=raw.get("better", ""),
        pairs=tuple(sorted(raw.get("pairs", ()))),
        board=bool(raw.get("board", False)),
        position=raw.get("position", 0),
        hidden=bool(raw.get("hidden", False)),
        examples=tuple(worked(key, one) for key, one in raw.get("examples", {}).items()),
    )


def indicators(definitions: Mapping[str, Any]) -> dict[str, Indicator]:
    """Compile the indicators of a bundle, in their order."""
    found = [compile_indicator(key, raw) for key, raw in definitions.items()]
    return {one.id: one for one in sorted(found, key=lambda one: (one.position, one.id))}
