"""Read the counts that are kept: of a unit and of those right below it, in one statement."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.core.indicators import Counts, Indicator, Period
from portal.persistence.models import IndicatorFigure, IndicatorKept, IndicatorMark, IndicatorState
from portal.services.bundles import Bundle
from portal.services.indicators.cuts import NOW
from portal.services.indicators.definitions import STANDING, digest_of
from portal.services.indicators.shares import DAYS, DESK, STAGE, WHOLE, months_of

# Where nobody folds for so long, or so much is left, the rows are counted instead.
OLDEST = dt.timedelta(minutes=10)
MOST_UNFOLDED = 20_000
NONE = Counts(0, 0)
Held = Mapping[tuple[int, str, int], Mapping[str, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Kept:
    """The counts of some units in some months; ``numbers`` says under which number each indicator is kept."""

    now: dt.datetime
    numbers: Mapping[str, int]
    held: Held
    standing: int = 0
    # Each cell by definition: a row holds all definitions.
    _parts: dict[tuple[int, str, int, int], dict[str, Sequence[int]]] = field(default_factory=dict)
    _asked: dict[tuple[Period, bool], tuple[int, ...]] = field(default_factory=dict)

    def has(self, indicator: Indicator, period: Period) -> bool:
        """Tell whether the counts of an indicator are kept for a period."""
        return indicator.id in self.numbers and bool(self._months(indicator, period))

    def counts(self, indicator: Indicator, period: Period, unit: int) -> Counts:
        """Return the two counts of a unit and those below it."""
        return self.counts_of(indicator, period, (unit,))[unit]

    def counts_of(self, indicator: Indicator, period: Period, units: Iterable[int]) -> dict[int, Counts]:
        """Return the two counts of each unit and those below it."""
        key, months = f"{self.numbers[indicator.id]}|", self._months(indicator, period)
        held, found = self.held, {}
        for unit in units:
            counted = base = 0
            for month in months:
                cell = held.get((unit, WHOLE, month))
                one = cell.get(key) if cell is not None else None
                if one is not None:
                    counted, base = counted + one[0], base + one[1]
            found[unit] = Counts(counted, base) if base else NONE
        return found

    def days(self, indicator: Indicator, period: Period, unit: int) -> Counter[int]:
        """Return how often each number of days occurred at a unit and those below it."""
        return self.days_of(indicator, period, (unit,))[unit]

    def days_of(self, indicator: Indicator, period: Period, units: Iterable[int]) -> dict[int, Counter[int]]:
        """Return how often each number of days occurred at each unit and those below it."""
        number, months = self.numbers[indicator.id], self._months(indicator, period)
        found: dict[int, Counter[int]] = {}
        for unit in units:
            found[unit] = Counter()
            for month in months:
                for days, (_, times) in self._part(unit, DAYS, month, number).items():
                    found[unit][int(days)] += times
        return found

    def parts(self, indicator: Indicator, period: Period, unit: int, axis: str) -> dict[str, Counts]:
        """Return the two counts of each value of an axis; what has none stands under the empty text."""
        found: dict[str, Counts] = {}
        for month in self._months(indicator, period):
            for value, (counted, base) in self._part(unit, axis, month, self.numbers[indicator.id]).items():
                found[value] = found.get(value, Counts(0, 0)) + Counts(counted, base)
        return found

    def stands(self, unit: int, axis: str) -> dict[str, tuple[int, int]]:
        """Return what stands now by common stage or by who handles it: how many, and how many of them are overdue."""
        return {
            value: (number, overdue)
            for value, (overdue, number) in self._part(unit, axis, NOW, self.standing).items()
        }

    def _part(self, unit: int, axis: str, month: int, number: int) -> dict[str, Sequence[int]]:
        known = self._parts.get((unit, axis, month, number))
        if known is None:
            sign = f"{number}|"
            cell = self.held.get((unit, axis, month)) or {}
            known = {key[len(sign) :]: one for key, one in cell.items() if key.startswith(sign)}
            self._parts[unit, axis, month, number] = known
        return known

    def _months(self, indicator: Indicator, period: Period) -> tuple[int, ...]:
        key = (period, indicator.stands_at_the_end)
        if key not in self._asked:
            self._asked[key] = months_of(period, self.now, at_the_end=key[1])
        return self._asked[key]


def kept_counts(
    session: Session,
    bundle: Bundle,
    now: dt.datetime,
    today: dt.date,
    units: Iterable[int],
    periods: Iterable[Period],
    axes: Sequence[str] = (WHOLE, DAYS),
) -> Kept:
    """Return what is kept for units in periods; nothing is, where it is not complete: then the rows are counted."""
    numbers, standing = _numbers(session, bundle, now, today)
    if not numbers and not standing:
        return Kept(now, {}, {})
    units = list(units)
    months = sorted({NOW} | {month for one in periods for month in one.keys})
    cell = IndicatorFigure
    rows = select(cell.unit_id, cell.axis, cell.month, cell.counts).where(
        cell.unit_id.in_(units),
        or_(
            cell.axis.in_(list(axes)) & cell.month.in_(months),
            cell.axis.in_([STAGE, DESK]) & (cell.month == NOW),
        ),
    )
    held = {(unit, axis, month): json.loads(text) for unit, axis, month, text in session.execute(rows)}
    return Kept(now, numbers, held, standing)


def _numbers(
    session: Session, bundle: Bundle, now: dt.datetime, today: dt.date
) -> tuple[dict[str, int], int]:
    """Return under which number each indicator of a release is kept; none where folding is behind."""
    mark = IndicatorMark
    state = select(
        IndicatorState.day,
        select(func.min(mark.at)).scalar_subquery(),
        select(func.count())
        .select_from(select(mark.id).limit(MOST_UNFOLDED + 1).subquery())
        .scalar_subquery(),
    )
    day, oldest, number = session.execute(state).one()
    if day != today or number > MOST_UNFOLDED or (oldest is not None and now - oldest > OLDEST):
        return {}, 0
    ready = select(IndicatorKept.digest, IndicatorKept.id).where(IndicatorKept.in_force, IndicatorKept.ready)
    known = dict(iter(session.execute(ready).all()))
    found = {name: known.get(digest_of(bundle, name), 0) for name in bundle.indicators}
    return {name: one for name, one in found.items() if one}, known.get(STANDING, 0)
