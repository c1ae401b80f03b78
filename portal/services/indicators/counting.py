"""Count indicators under a unit, one statement for all its periods: two counts, or the days of a median, for each unit.

Figures of a month follow what is known today; what stands at a cut-off is read as the history had it then.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, select, true
from sqlalchemy.orm import Session

from portal.core.conditions import Condition, Env
from portal.core.errors import DefinitionError, msg
from portal.core.indicators import BREAKDOWNS, Counts, Indicator, Period
from portal.core.zone import LOCAL, begin_of
from portal.persistence.condition_sql import Column, split
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.figures.kept import figures_at
from portal.services.indicators.columns import columns_of
from portal.services.indicators.cuts import Cuts
from portal.services.indicators.sources import Place, Source, number, reads_course, source_of
from portal.services.indicators.stages import Stages, stages_of
from portal.services.units.tree import UnitTree

if TYPE_CHECKING:
    from portal.services.portal import Portal

# Of each period, what was counted at each unit.
ByUnit = dict[int, Counts]
DaysByUnit = dict[int, Counter[int]]
# Columns of records by which a whole is parted, where the figures do not tell.
COLUMNS = {
    "class": Record.dispute_class,
    "type": Record.dispute_type,
    "route": Record.route,
    "channel": Record.channel,
    "stage": Record.canonical_stage,
    "grade": Record.grade,
}


@dataclass(frozen=True, slots=True)
class Counting:
    """Everything that counting needs: the place, the release in force there, and the moment.

    ``session`` reads without a limit: who counts makes sure that the person may see figures of the place.
    """

    portal: Portal
    session: Session
    place: Place
    bundle: Bundle
    now: dt.datetime

    def counts(self, indicator: Indicator, periods: list[Period]) -> list[ByUnit]:
        """Return the two counts of each unit, of each period; empty for a period of which nothing is known."""
        return self.several([indicator], periods)[indicator.id]

    def several(self, indicators: Iterable[Indicator], periods: list[Period]) -> dict[str, list[ByUnit]]:
        """Return the counts of some indicators; those that take in the same rows are counted together."""
        found: dict[str, list[ByUnit]] = {}
        alike: dict[tuple[str, ...], list[Indicator]] = {}
        for one in indicators:
            found[one.id] = [{} for _ in periods]
            alike.setdefault((one.of.name, one.entity, one.cohort, one.day), []).append(one)
        for group in alike.values():
            for name, at, unit_id, base, counted in self._rows(group, periods):
                if base:
                    found[name][at][unit_id] = Counts(counted, base)
        return found

    def days(self, indicator: Indicator, periods: list[Period]) -> list[DaysByUnit]:
        """Return how often each number of days from acceptance to conclusion occurred at each unit, of each period."""
        found: list[DaysByUnit] = [{} for _ in periods]
        source, columns = self._asked(indicator, None)
        bucket, within = source.bucket(periods)
        assert source.course is not None
        rows = select(source.unit_id, bucket, source.course.c.accepted_at, source.course.c.ended_at)
        rows = source.joined(rows).where(within, *source.only, self._holds(indicator.base, columns))
        for unit_id, at, accepted, ended in self.session.execute(rows):
            days = (ended.astimezone(LOCAL).date() - accepted.astimezone(LOCAL).date()).days
            found[at].setdefault(unit_id, Counter())[max(days, 0)] += 1
        return found

    def parts(self, indicator: Indicator, period: Period, by: str = "") -> Counter[str]:
        """Return the parts of a whole of the place; those without a value stand under the empty text."""
        by = by or indicator.by
        axis = BREAKDOWNS[by].axis
        kept = [
            None
            if indicator.base is not None
            else figures_at(self.session, self.place.id, indicator.entity, axis, month=month)
            for month in period.keys
        ]
        found: Counter[str] = Counter()
        if all(one is not None for one in kept):
            for one in kept:
                for (value, _), count in (one or {}).items():
                    found[value] += count
        else:
            source, columns = self._asked(indicator, None)
            _, within = source.bucket([period])
            rows = source.joined(select(COLUMNS[by], number(source))).where(within, *source.only)
            rows = rows.where(self._holds(indicator.base, columns)).group_by(COLUMNS[by])
            for value, count in self.session.execute(rows):
                found[value or ""] += int(count)
        return Counter({value: count for value, count in found.items() if count})

    def broken(self, indicator: Indicator, period: Period, by: str) -> dict[str, Counts]:
        """Return the two counts of the place for each value of an axis; those without a value under the empty text."""
        until = self.cut_off(period) if indicator.stands_at_the_end else None
        source, columns = self._asked(indicator, until)
        _, within = source.bucket([period])
        base = self._holds(indicator.base, columns)
        sums = (number(source, base), number(source, and_(base, self._holds(indicator.counted, columns))))
        rows = source.joined(select(COLUMNS[by], *sums)).where(within, *source.only)
        found: dict[str, Counts] = {}
        for value, whole, counted in self.session.execute(rows.group_by(COLUMNS[by])):
            if whole:
                found[value or ""] = found.get(value or "", Counts(0, 0)) + Counts(int(counted), int(whole))
        return found

    def broken_by_unit(self, indicator: Indicator, period: Period, by: str) -> dict[int, dict[str, int]]:
        """Return how many each unit of the place has for each value of an axis."""
        until = self.cut_off(period) if indicator.stands_at_the_end else None
        source, columns = self._asked(indicator, until)
        _, within = source.bucket([period])
        rows = source.joined(select(source.unit_id, COLUMNS[by], number(source)))
        rows = rows.where(within, *source.only, self._holds(indicator.base, columns))
        found: dict[int, dict[str, int]] = {}
        for unit_id, value, count in self.session.execute(rows.group_by(source.unit_id, COLUMNS[by])):
            found.setdefault(unit_id, {})[value or ""] = int(count)
        return found

    def cut_off(self, period: Period) -> dt.datetime:
        """Return the moment at which a period is looked at: its end, or now where it is not over."""
        return min(begin_of(period.after), self.now)

    def _rows(
        self, group: list[Indicator], periods: list[Period]
    ) -> Iterator[tuple[str, int, int, int, int]]:
        first = group[0]
        if not first.of.kept:
            return
        if not first.stands_at_the_end:
            yield from self._counted(group, periods, None)
            return
        for at, period in enumerate(periods):
            # What is no record has no history: of these only today is known.
            if first.of.fields or period.first <= self.now.astimezone(LOCAL).date() < period.after:
                for name, _, *numbers in self._counted(group, [period], self.cut_off(period)):
                    unit_id, base, counted = numbers
                    yield name, at, unit_id, base, counted

    def _counted(
        self, group: list[Indicator], periods: list[Period], until: dt.datetime | None
    ) -> Iterator[tuple[str, int, int, int, int]]:
        """Count indicators that take in the same rows, in one statement."""
        leading = next((one for one in group if reads_course(one)), group[0])
        source = self.source(leading, until)
        bucket, within = source.bucket(periods)
        sums = []
        day = (until or self.now).astimezone(LOCAL).date()
        for one in group:
            columns = columns_of(self.bundle, one, source.course, day)
            base = self._holds(one.base, columns)
            sums += [number(source, base), number(source, and_(base, self._holds(one.counted, columns)))]
        rows: Select[Any] = source.joined(select(bucket.label("at"), source.unit_id, *sums))
        rows = rows.where(within, *source.only)
        rows = (
            rows.group_by("at", source.unit_id)
            if source.moment is not None
            else rows.group_by(source.unit_id)
        )
        for at, unit_id, *numbers in self.session.execute(rows):
            for n, one in enumerate(group):
                yield one.id, int(at), unit_id, int(numbers[2 * n]), int(numbers[2 * n + 1])

    def source(self, indicator: Indicator, until: dt.datetime | Cuts | None) -> Source:
        """Return the rows that an indicator takes in, at the moments for which it is asked."""
        etype = indicator.entity
        stages = stages_of(self.portal, self.session, etype) if etype else Stages(frozenset(), frozenset())
        return source_of(indicator, self.place, stages, until)

    def tests(self, indicator: Indicator, source: Source, cuts: Cuts | None) -> tuple[Any, Any]:
        """Return whether a row is in the base of an indicator, and whether it is counted."""
        day = self.now.astimezone(LOCAL).date() if cuts is None else cuts.day
        columns = columns_of(self.bundle, indicator, source.course, day)
        base = self._holds(indicator.base, columns)
        return base, and_(base, self._holds(indicator.counted, columns))

    def _asked(self, indicator: Indicator, until: dt.datetime | None) -> tuple[Source, Mapping[str, Column]]:
        source = self.source(indicator, until)
        day = (until or self.now).astimezone(LOCAL).date()
        return source, columns_of(self.bundle, indicator, source.course, day)

    def _holds(self, condition: Condition | None, columns: Mapping[str, Column]) -> Any:
        if condition is None:
            return true()
        env = Env(
            self.now.astimezone(LOCAL).date(),
            taxonomies={**self.bundle.taxonomies, "unit": UnitTree(self.session)},
        )
        said = split(condition, columns, env)
        if said.doubtful is not None:
            message = msg("The database can't say whether rows count for an indicator")
            raise DefinitionError("indicator.doubt", message)
        return said.holds
