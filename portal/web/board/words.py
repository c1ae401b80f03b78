"""The figures of a board in words: rates with their two counts, changes in percentage points or in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from portal.core.errors import msg
from portal.core.indicators import Counts, Indicator, Median, Period, Worked, in_points
from portal.core.indicators.arithmetic import rounded
from portal.core.indicators.examples import PER_CENT, POINTS
from portal.core.indicators.model import MONTHS
from portal.core.indicators.sorts import COUNT
from portal.core.text import Texts
from portal.core.zone import LOCAL
from portal.services.indicators.board import Board, Cell, Figure, Part, Row, Standing
from portal.services.indicators.parting import axes_of
from portal.web.board.drawings import bar, last_point, line
from portal.web.days import month_of_year
from portal.web.language import translate

# Rates of fewer are told in grey: they are not to be compared. Of very few the counts alone are told.
FEW, VERY_FEW = 40, 10
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it is read: its value, the counts behind it, and whether it is of few."""

    value: str
    counts: str = ""
    few: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the whole unit, with what it was before."""

    id: str
    title: str
    shown: Shown
    before: tuple[str, ...]
    change: str
    tone: str
    # Broken down by something that is kept.
    parted: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: a unit, its figures, and its line of twelve months."""

    name: str
    code: str
    leads_on: bool
    cells: tuple[Shown, ...]
    points: str
    end: tuple[str, str]
    numbers: tuple[int, ...]
    # A unit of its own, to which something can be sent.
    is_unit: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its numbers; ``first`` and ``second`` are lengths of 100."""

    title: str
    number: int
    other: int
    first: str
    second: str
    note: str = ""


def number(value: int) -> str:
    """Return a number as people read it."""
    return f"{value:,}"


def days(value: object) -> str:
    """Return so many days; one has words of its own."""
    return translate(msg("1 day")) if str(value) == "1" else translate(msg("%(n)s days"), n=str(value))


def month_words(period: Period) -> str:
    """Return a month, a quarter or a year in words."""
    if period.months == MONTHS["year"]:
        return translate(msg("the year %(year)s"), year=period.year)
    if period.months == MONTHS["quarter"]:
        return translate(msg("quarter %(n)s of %(year)s"), year=period.year, n=(period.month + 2) // 3)
    return month_of_year(period.year, period.month)


def shown(indicator: Indicator, figure: Figure) -> Shown:
    """Return a figure as it is read."""
    if figure is None:
        return Shown(NOTHING, few=True)
    if isinstance(figure, Median):
        value = figure.shown(indicator.places)
        if value is None:
            return Shown(NOTHING, few=True)
        return Shown(days(value), "", figure.number < FEW)
    if indicator.shows == COUNT:
        return Shown(number(figure.base))
    counts = f"{number(figure.counted)} / {number(figure.base)}"
    rate = figure.per_cent(indicator.places)
    if rate is None:
        return Shown(NOTHING, few=True)
    if figure.base < VERY_FEW:
        return Shown(counts, few=True)
    return Shown(f"{rate}%", counts, figure.base < FEW)


def tile(indicator: Indicator, cell: Cell, say: Texts, months: int) -> Tile:
    """Return a figure of the whole unit beside that of the period before and of the same period a year ago."""
    now = shown(indicator, cell.now)
    last, year = (shown(indicator, one) for one in (cell.before, cell.year))
    before = [translate(msg("before %(n)s"), n=last.value)]
    if months != MONTHS["year"]:
        before.append(translate(msg("a year ago %(n)s"), n=year.value))
    difference = _difference(cell.now, cell.before, indicator)
    return Tile(
        indicator.id,
        say(indicator.short),
        now,
        tuple(before),
        _change(difference, indicator),
        _tone(difference, indicator),
        bool(axes_of(indicator)),
    )


def _difference(now: Figure, before: Figure, indicator: Indicator) -> Decimal | None:
    if isinstance(now, Counts) and isinstance(before, Counts):
        if indicator.shows == COUNT:
            return Decimal(now.base - before.base)
        return in_points(now, before, indicator.places)
    if (
        isinstance(now, Median)
        and isinstance(before, Median)
        and now.value is not None
        and before.value is not None
    ):
        return rounded(now.value - before.value, indicator.places)
    return None


def _change(difference: Decimal | None, indicator: Indicator) -> str:
    if difference is None:
        return ""
    if not difference:
        return translate(msg("unchanged"))
    n = f"{abs(difference):,}" if indicator.shows == COUNT else str(abs(difference)).removesuffix(".0")
    if indicator.is_rate:
        words = _POINTS[difference > 0, abs(difference) == 1]
    elif indicator.shows == COUNT:
        words = msg("%(n)s more") if difference > 0 else msg("%(n)s fewer")
    else:
        words = _DAYS[difference > 0, abs(difference) == 1]
    return translate(words, n=n)


_POINTS = {
    (True, True): msg("up 1 point"),
    (True, False): msg("up %(n)s points"),
    (False, True): msg("down 1 point"),
    (False, False): msg("down %(n)s points"),
}
_DAYS = {
    (True, True): msg("1 day more"),
    (True, False): msg("%(n)s days more"),
    (False, True): msg("1 day fewer"),
    (False, False): msg("%(n)s days fewer"),
}


def _tone(difference: Decimal | None, indicator: Indicator) -> str:
    if not difference or not indicator.better:
        return ""
    return "good" if (difference > 0) == (indicator.better == "high") else "bad"


def rank(indicator: Indicator, row: Row) -> Fraction | None:
    """Return the exact value by which rows are put in order."""
    figure = row.cells[indicator.id].now
    if isinstance(figure, Median):
        return figure.value
    if figure is None:
        return None
    return Fraction(figure.base) if indicator.shows == COUNT else figure.share


def lines(board: Board, by: Indicator | None, *, largest_first: bool) -> list[Line]:
    """Return the rows of the table in order; what has no value stands last, then by name."""
    rows = [row for row in board.rows if row.unit.kind != "department" or not row.is_empty]
    if by is not None:
        known = [(rank(by, row), row) for row in rows]
        given = sorted(
            (pair for pair in known if pair[0] is not None),
            key=lambda pair: pair[0] or 0,
            reverse=largest_first,
        )
        rows = [row for _, row in given] + [row for value, row in known if value is None]
    found = [_line(board, row, row.unit.name, leads_on=row.unit.kind != "department") for row in rows]
    own = _line(board, board.own, translate(msg("At the unit itself")), leads_on=False)
    return found if board.own.is_empty else [*found, own]


def whole_line(board: Board) -> Line:
    """Return the last line of the table: the whole unit, worked out from its own counts."""
    return _line(board, board.whole, board.unit.name, leads_on=False)


def _line(board: Board, row: Row, name: str, *, leads_on: bool) -> Line:
    # Months that are still to come are no months without matters.
    trend = row.trend[: len(row.trend) - board.period.months + _begun(board)]
    points = line(trend)
    cells = tuple(shown(one, row.cells[one.id].now) for one in board.indicators)
    own = row in (board.own, board.whole)
    return Line(name, row.unit.code, leads_on, cells, points, last_point(points), trend, not own)


def _begun(board: Board) -> int:
    """Return how many months of the period of a board have begun at its cut-off."""
    at = board.at.astimezone(LOCAL)
    months = 12 * (at.year - board.period.year) + at.month - board.period.month + 1
    return max(1, min(months, board.period.months))


def stage_bars(standing: Iterable[Standing], titles: dict[str, str]) -> list[Bar]:
    """Return what is open by common stage, in the order of a matter's course; what has none stands last."""
    found = {one.key: one for one in standing}
    largest = max((one.number for one in found.values()), default=0)
    order = [key for key in titles if key in found] + ([""] if "" in found else [])
    return [
        Bar(
            titles.get(key) or translate(msg("No common stage")),
            found[key].number,
            found[key].overdue,
            bar(found[key].number, largest),
            bar(found[key].overdue, largest),
        )
        for key in order
    ]


def desk_bars(board: Board, most: int = 8) -> list[Bar]:
    """Return whose open matters are overdue, most first; the others together stand last."""
    ordered = sorted(board.desks, key=lambda one: (-one.overdue, -one.number, one.key))
    first = [one for one in ordered if one.overdue][:most]
    rest = [one for one in ordered if one not in first]
    largest = max((one.overdue for one in first), default=0)
    found = [
        Bar(_desk(board, one.key), one.overdue, one.number, bar(one.overdue, largest), "0") for one in first
    ]
    if rest:
        overdue, total = sum(one.overdue for one in rest), sum(one.number for one in rest)
        name = translate(msg("%(n)s others"), n=len(rest))
        found.append(Bar(name, overdue, total, bar(overdue, largest), "0"))
    return found


def _desk(board: Board, key: str) -> str:
    return board.names.get(int(key), key) if key else translate(msg("Not handed over yet"))


def part_bars(parts: Iterable[Part], titles: dict[str, str], most: int = 8) -> list[Bar]:
    """Return the parts of a whole, most first; the rest together, and what is undetermined, stand last."""
    named = [one for one in parts if one.key]
    undetermined = [one for one in parts if not one.key]
    first, rest = named[:most], named[most:]
    if rest:
        first.append(Part("…", sum(one.now for one in rest), sum(one.before for one in rest)))
    shown_parts = [*first, *undetermined]
    largest = max((max(one.now, one.before) for one in shown_parts), default=0)
    return [
        Bar(
            _part(one.key, titles),
            one.now,
            one.before,
            bar(one.now, largest),
            bar(one.before, largest),
            _change_of_count(one.now - one.before),
        )
        for one in shown_parts
    ]


def _part(key: str, titles: dict[str, str]) -> str:
    if key == "…":
        return translate(msg("All the rest"))
    return titles.get(key, key) if key else translate(msg("Undetermined"))


def _change_of_count(difference: int) -> str:
    if not difference:
        return translate(msg("unchanged"))
    return translate(msg("%(n)s more") if difference > 0 else msg("%(n)s fewer"), n=number(abs(difference)))


def example(one: Worked, say: Texts) -> dict[str, Any]:
    """Return a worked example in words: what was published, the working, and whether it follows."""
    found: dict[str, Any] = {
        "title": say(one.title),
        "source": say(one.source),
        "rows": [],
        "holds": not one.refused,
    }
    if one.counts is not None:
        rate = one.counts.per_cent(_places(one.claim))
        found["working"] = f"{number(one.counts.counted)} ÷ {number(one.counts.base)} = {rate}%"
        found["claim"] = f"{one.claim}%"
    elif one.whole is not None:
        # By number: one of the databases doesn't keep the order in which they were written.
        ordered = sorted(one.whole.parts.items(), key=lambda each: (-each[1], each[0]))
        found["rows"] = [(say(one.parts[key]), part) for key, part in ordered]
        found["rows"].append((translate(msg("Undetermined")), one.whole.undetermined))
        found["working"] = (
            " + ".join(str(part) for _, part in found["rows"]) + f" = {number(one.whole.number)}"
        )
    else:
        before = one.before
        found["claim"] = f"{one.claim}%"
        found["working"] = translate(
            msg("Percentage points: it was %(points)s%% before. Per cent: it was %(cent)s%% before."),
            points=before.get(POINTS, NOTHING),
            cent=before.get(PER_CENT, NOTHING),
        )
    if one.refused is not None:
        params = {key: number(n) if isinstance(n, int) else n for key, n in one.refused.params.items()}
        found["reason"] = replace(one.refused, params=params).text(translate)
        found["remedy"] = one.refused.remedy_text(translate)
    return found


def _places(claim: Decimal | None) -> int:
    exponent = claim.as_tuple().exponent if claim is not None else 0
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
