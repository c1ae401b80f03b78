"""A board: the figures of a unit and of those right below it, a month beside the one before and the same a year ago."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST, Access
from portal.core.errors import NotFound, msg
from portal.core.indicators import BREAKDOWNS, Counts, Indicator, Median, Period, median, total
from portal.core.indicators.sorts import MEDIAN
from portal.core.zone import LOCAL
from portal.persistence.models import Record, RecordReach, Unit
from portal.persistence.models.reach import OWNER
from portal.services.bundles import Bundle
from portal.services.figures.kept import by_month, by_value
from portal.services.indicators.counting import Counting
from portal.services.indicators.definitions import STANDING
from portal.services.indicators.kept import Kept, kept_counts
from portal.services.indicators.levels import Level, hides_small, level_of, together
from portal.services.indicators.shares import DESK, STAGE
from portal.services.indicators.wanting import Wanting, counted_in_time
from portal.services.releases.reading import for_unit

if TYPE_CHECKING:
    from portal.services.portal import Portal

THING = "board"
CASE = "case"
TREND = 12
# What is parted on a board, by the indicator that says which matters.
WHOLES = {"class": "registered", "route": "routes"}
_WHY = "figures of a unit, for those who may see its board"
Figure = Counts | Median | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: of the month, of the month before, and of the same month a year ago; None where it is not known."""

    now: Figure
    before: Figure
    year: Figure


@dataclass(frozen=True, slots=True)
class Row:
    """A unit with its figures by indicator, and what was registered there in the last twelve months."""

    unit: Unit
    cells: Mapping[str, Cell]
    trend: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was counted there in the month."""
        numbers = (one.now for one in self.cells.values())
        return not any(_number(one) for one in numbers) and not any(self.trend)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many open matters stand at a common stage or with a unit, and how many of them are overdue."""

    key: str
    number: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole, in the month and in the one before."""

    key: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Board:
    """The figures of a unit: as a whole, of the units right below it, and of what lies at the unit itself.

    ``above`` are all units above it: whose boards a person may see is asked for each.
    """

    unit: Unit
    above: tuple[Unit, ...]
    period: Period
    at: dt.datetime
    worked_out_at: dt.datetime
    indicators: tuple[Indicator, ...]
    whole: Row
    rows: tuple[Row, ...]
    own: Row
    stages: tuple[Standing, ...]
    desks: tuple[Standing, ...]
    classes: tuple[Part, ...]
    routes: tuple[Part, ...]
    names: Mapping[int, str]
    # Figures of the whole unit that are always shown with those of the columns.
    pairs: Mapping[str, Counts]
    bundle: Bundle
    # Some figures are not known: the worker counts them, and a page can't wait for it.
    waits: bool = False


def board_of(
    portal: Portal,
    access: Access,
    code: str | None,
    month: Period | None = None,
    also: str = "",
    *,
    in_time: bool = False,
) -> Board:
    """Return the board of a unit, this month's unless another is asked for; NotFound beyond the person's subtrees.

    ``also`` is an indicator that becomes a column beside those that always are. A web process
    asks for it ``in_time``: Conflict where too many matters would have to be counted.
    """
    with portal.reading(Access.system(_WHY)) as session:
        unit = _unit(session, access, code)
        with counted_in_time(session) if in_time else nullcontext():
            board = _worked_out(portal, session, unit, month, also)
        session.expunge_all()
        return board


def unit_with_board(portal: Portal, access: Access, code: str | None) -> Unit:
    """Return a unit whose board a person may see, the first of theirs where none is named; NotFound for others."""
    with portal.reading(Access.system(_WHY)) as session:
        unit = _unit(session, access, code)
        session.expunge(unit)
        return unit


def _worked_out(portal: Portal, session: Session, unit: Unit, month: Period | None, also: str) -> Board:
    level = level_of(session, unit)
    now = portal.clock.now()
    today = now.astimezone(LOCAL).date()
    period = month or Period.of(today)
    bundle = for_unit(portal, session, unit)
    counting = Counting(portal, session, level.place, bundle, now)
    shown = tuple(one for one in bundle.indicators.values() if one.board or (one.id == also and not one.by))
    kept = kept_counts(session, bundle, now, today, level.ids, [period, period.before, period.year_before])
    wanting = Wanting(session, unit, bundle)
    cells = _all_cells(counting, kept, level, shown, period, wanting)
    trends = _trends(session, level, period)
    whole, *rows = (_row(one, cells, trends) for one in (level.unit, *level.below))
    stages, desks = _standing(session, kept, level, today, wanting)
    wholes = _wholes(counting, bundle, period)
    return Board(
        unit=unit,
        above=tuple(
            session.scalars(select(Unit).where(Unit.id.in_(unit.ancestor_ids[:-1])).order_by(Unit.path))
        ),
        period=period,
        at=counting.cut_off(period),
        worked_out_at=now,
        indicators=shown,
        whole=whole,
        rows=tuple(rows),
        own=Row(unit, {key: found[-unit.id] for key, found in cells.items()}, trends[-unit.id]),
        stages=stages,
        desks=desks,
        classes=wholes["class"],
        routes=wholes["route"],
        names=_names(session, [int(one.key) for one in desks if one.key]),
        pairs=_pairs(counting, kept, shown, bundle, period, wanting),
        bundle=bundle,
        waits=wanting.waits,
    )


def starts(access: Access) -> tuple[str, ...]:
    """Return the subtrees whose boards a person may see, none inside another."""
    return access.paths(THING, LIST)


def _unit(session: Session, access: Access, code: str | None) -> Unit:
    """Return a unit whose board a person may see; the first of theirs where none is named."""
    wanted = select(Unit).where(Unit.code == code)
    if code is None:
        wanted = select(Unit).where(Unit.path.in_(starts(access))).order_by(Unit.path).limit(1)
    unit = session.scalars(wanted).one_or_none()
    if unit is None or not access.allows(THING, LIST, unit.path):
        raise NotFound("unit.unknown", msg("There is no such unit"))
    return unit


def _names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    rows = session.execute(select(Unit.id, Unit.short_name, Unit.name).where(Unit.id.in_(list(ids))))
    return {unit_id: short or name for unit_id, short, name in rows}


def _all_cells(
    counting: Counting,
    kept: Kept,
    level: Level,
    shown: Iterable[Indicator],
    period: Period,
    wanting: Wanting,
) -> dict[str, dict[int, Cell]]:
    """Return the cells of each indicator by unit; what is not kept is counted from the rows, or not known yet."""
    periods = [period, period.before, period.year_before]
    shown = list(shown)
    held = {one.id for one in shown if all(kept.has(one, some) for some in periods)}
    unknown = {one.id for one in shown if one.id not in held and wanting.waits_for(one.id)}
    rest = [o for o in shown if o.shows != MEDIAN and o.id not in held | unknown]
    counted = counting.several(rest, periods)
    found = {}
    for one in shown:
        if one.id in unknown:
            cell = Cell(None, None, None)
            found[one.id] = dict.fromkeys((*level.ids, -level.unit.id), cell)
            continue
        if one.id in held:
            figures = [kept_figures(kept, level, one, some) for some in periods]
        elif one.shows == MEDIAN:
            figures = [median_figures(level, some) for some in counting.days(one, periods)]
        else:
            figures = [_told_figures(level, one, some) for some in counted[one.id]]
        found[one.id] = _cells(level, one, figures)
    return found


def kept_figures(kept: Kept, level: Level, indicator: Indicator, period: Period) -> dict[int, Figure]:
    """Return the figures of a unit and of those right below it as they are kept; the unit's own as in cells."""
    own = level.unit.id
    if indicator.shows == MEDIAN:
        days = kept.days_of(indicator, period, level.ids)
        rest = days[own].copy()
        rest.subtract(together(days[one.id] for one in level.below))
        medians: dict[int, Figure] = {key: median(one) for key, one in days.items()}
        return medians | {-own: median(+rest)}
    counts = kept.counts_of(indicator, period, level.ids)
    below = [counts[one.id] for one in level.below]
    whole, counted, base = counts[own], sum(one.counted for one in below), sum(one.base for one in below)
    return {**counts, -own: Counts(whole.counted - counted, whole.base - base)}


def _cells(level: Level, indicator: Indicator, figures: list[dict[int, Figure]]) -> dict[int, Cell]:
    """Return the cells of an indicator by unit; the unit's own, without those below, under its negative number."""
    nothing: Figure = Median(None, 0) if indicator.shows == MEDIAN else Counts(0, 0)
    if not indicator.of.kept:
        nothing = None
    keys = (*level.ids, -level.unit.id)
    now, before, year = ({key: one.get(key, nothing) for key in keys} for one in figures)
    return {key: Cell(now[key], before[key], year[key]) for key in keys}


def _told_figures(level: Level, indicator: Indicator, by_unit: Mapping[int, Counts]) -> dict[int, Figure]:
    each, whole = level.counts(by_unit), total(by_unit.values())
    if indicator.of.name == "evaluation" and hides_small(each, whole):
        hidden: dict[int, Figure] = dict.fromkeys((*level.ids, -level.unit.id))
        return hidden | ({level.unit.id: whole} if not hides_small({}, whole) else {})
    return count_figures(level, by_unit)


def count_figures(level: Level, by_unit: Mapping[int, Counts]) -> dict[int, Figure]:
    """Return the figures of a unit and of those right below it; the unit's own as in cells."""
    each, whole = level.counts(by_unit), total(by_unit.values())
    own = each.pop(level.unit.id, Counts(0, 0))
    return {**each, level.unit.id: whole, -level.unit.id: own}


def median_figures(level: Level, by_unit: Mapping[int, Counter[int]]) -> dict[int, Figure]:
    """Return the medians of a unit and of those right below it; the unit's own as in cells."""
    each = level.days(by_unit)
    own = each.pop(level.unit.id, Counter())
    whole = together([own, *each.values()])
    found: dict[int, Figure] = {unit_id: median(one) for unit_id, one in each.items()}
    return found | {level.unit.id: median(whole), -level.unit.id: median(own)}


def _row(unit: Unit, cells: Mapping[str, Mapping[int, Cell]], trends: Mapping[int, tuple[int, ...]]) -> Row:
    return Row(unit, {key: found[unit.id] for key, found in cells.items()}, trends[unit.id])


def _trends(session: Session, level: Level, period: Period) -> dict[int, tuple[int, ...]]:
    """Return what each unit registered in each of twelve months, the period's last; the unit's own as in cells."""
    last = period.moved(period.months - 1)
    months = [key for at in range(TREND - 1, -1, -1) for key in Period(last.year, last.month).moved(-at).keys]
    kept = by_month(session, level.ids, CASE, months) or Counter()
    found = {unit_id: tuple(kept[unit_id, month] for month in months) for unit_id in level.ids}
    below = (found[one.id] for one in level.below)
    rest = zip(found[level.unit.id], *below, strict=True)
    found[-level.unit.id] = tuple(numbers[0] - sum(numbers[1:]) for numbers in rest)
    return found


def _standing(
    session: Session, kept: Kept, level: Level, today: dt.date, wanting: Wanting
) -> tuple[tuple[Standing, ...], tuple[Standing, ...]]:
    """Return what is open now by common stage, and by the unit that handles it; what waits has no unit."""
    if kept.standing:
        return tuple(
            tuple(Standing(key, *numbers) for key, numbers in kept.stands(level.unit.id, axis).items())
            for axis in (STAGE, DESK)
        )  # type: ignore[return-value]
    if wanting.waits_for(STANDING):
        return (), ()
    reach = RecordReach
    late = func.sum(case((reach.due_on < today, 1), else_=0))
    mine = (reach.unit_id == level.unit.id, reach.etype == CASE, reach.why == OWNER, reach.is_open)
    by_stage = select(reach.canonical_stage, func.count(), late).where(*mine).group_by(reach.canonical_stage)
    by_desk = select(Record.handler_unit_id, func.count(), late).join(Record, Record.id == reach.record_id)
    by_desk = by_desk.where(*mine).group_by(Record.handler_unit_id)
    return tuple(
        tuple(
            Standing(str(key or ""), int(number), int(overdue))
            for key, number, overdue in session.execute(rows)
        )
        for rows in (by_stage, by_desk)
    )  # type: ignore[return-value]


def _wholes(counting: Counting, bundle: Bundle, period: Period) -> dict[str, tuple[Part, ...]]:
    """Return wholes with their parts, in the period and in the one before: classes and routes of what came in."""
    asked = {by: bundle.indicators.get(name) for by, name in WHOLES.items()}
    plain = {by: one for by, one in asked.items() if one is not None and one.base is None}
    axes = {by: BREAKDOWNS[by].axis for by, one in plain.items() if one.entity == CASE}
    months = [month for one in (period, period.before) for month in one.keys]
    kept = by_value(counting.session, counting.place.id, CASE, axes.values(), months) if axes else None
    found: dict[str, tuple[Part, ...]] = {}
    for by, one in asked.items():
        if one is None:
            found[by] = ()
        elif kept is not None and by in axes:
            found[by] = _parts(*(_added(kept, axes[by], some) for some in (period, period.before)))
        else:
            found[by] = _parts(*(counting.parts(one, some, by) for some in (period, period.before)))
    return found


def _added(kept: Mapping[tuple[str, int], Counter[str]], axis: str, period: Period) -> Counter[str]:
    """Return the values of an axis in the months of a period together."""
    found: Counter[str] = Counter()
    for month in period.keys:
        found.update(kept[axis, month])
    return found


def _parts(now: Counter[str], before: Counter[str]) -> tuple[Part, ...]:
    keys = sorted(now.keys() | before.keys(), key=lambda key: (key == "", -now[key], key))
    return tuple(Part(key, now[key], before[key]) for key in keys if now[key] or before[key])


def _pairs(
    counting: Counting,
    kept: Kept,
    shown: Iterable[Indicator],
    bundle: Bundle,
    period: Period,
    wanting: Wanting,
) -> dict[str, Counts]:
    """Return the figures of the whole unit that belong to the rates of the columns and are no columns themselves."""
    columns = {one.id for one in shown}
    named = {name for one in shown for name in one.pairs} - columns
    wanted = [one for key, one in bundle.indicators.items() if key in named and one.of.name != "evaluation"]
    held = [one for one in wanted if kept.has(one, period)]
    wanted = [one for one in wanted if one in held or not wanting.waits_for(one.id)]
    counted = counting.several([one for one in wanted if one not in held], [period])
    found = {key: total(months[0].values()) for key, months in counted.items()}
    found |= {one.id: kept.counts(one, period, counting.place.id) for one in held}
    return {one.id: found[one.id] for one in wanted}


def _number(figure: Figure) -> int:
    if figure is None:
        return 0
    return figure.base if isinstance(figure, Counts) else figure.number
