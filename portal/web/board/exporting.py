"""A board as a table of texts: each figure with both counts, what it means, and who took it out when."""

from __future__ import annotations

from collections.abc import Iterator

from portal.adapters.workbooks.writing import Sheet, write_workbook
from portal.core.csv_tables import csv_of
from portal.core.errors import msg
from portal.core.indicators import Counts, Indicator, Median, Period
from portal.core.indicators.sorts import COUNT
from portal.core.indicators.suppression import MINIMUM
from portal.core.text import Texts
from portal.core.zone import LOCAL
from portal.services.indicators.board import Board, Figure, Row
from portal.services.indicators.exporting import Exported
from portal.web.board.words import NOTHING, month_words
from portal.web.language import translate

LEFT_OUT = "*"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
Lines = list[list[str]]


def headings() -> list[str]:
    """Return the heads of the table."""
    return [
        translate(one)
        for one in (
            msg("Unit"),
            msg("Code of the unit"),
            msg("Figure"),
            msg("Of the period"),
            msg("Value of the figure"),
            msg("Counted"),
            msg("Out of"),
        )
    ]


def lines(taken: Exported, say: Texts) -> Lines:
    """Return a line for each figure of each unit and period."""
    return [line for row, name in _rows(taken.board) for line in _lines(taken, row, name, say)]


def _rows(board: Board) -> Iterator[tuple[Row, str]]:
    for row in board.rows:
        if row.unit.kind != "department" or not row.is_empty:
            yield row, row.unit.name
    if not board.own.is_empty:
        yield board.own, translate(msg("At the unit itself"))
    yield board.whole, board.unit.name


def _lines(taken: Exported, row: Row, name: str, say: Texts) -> Iterator[list[str]]:
    board = taken.board
    key = -row.unit.id if row is board.own else row.unit.id
    for one in board.indicators:
        cell = row.cells[one.id]
        for period, figure in (
            (board.period, cell.now),
            (board.period.before, cell.before),
            (board.period.year_before, cell.year),
        ):
            hidden = key in taken.untold[period].get(one.id, frozenset())
            yield [
                name,
                row.unit.code,
                say(one.title),
                month_words(period),
                *values(one, figure, hidden=hidden),
            ]


def values(indicator: Indicator, figure: Figure, *, hidden: bool) -> tuple[str, str, str]:
    """Return a figure as its value and both counts; a sign stands where it is not told."""
    if figure is None:
        return NOTHING, "", ""
    if hidden:
        told_none = isinstance(figure, Counts) and indicator.is_rate and not figure.counted
        return LEFT_OUT, "0" if told_none else LEFT_OUT, LEFT_OUT
    if isinstance(figure, Median):
        value = figure.shown(indicator.places)
        return (NOTHING if value is None else str(value)), "", str(figure.number)
    if indicator.shows == COUNT:
        return str(figure.base), "", str(figure.base)
    rate = figure.per_cent(indicator.places)
    return (NOTHING if rate is None else f"{rate}%"), str(figure.counted), str(figure.base)


def definitions(board: Board, say: Texts) -> Lines:
    """Return what each figure means, and where that is said."""
    return [[say(one.title), say(one.definition), say(one.source)] for one in board.indicators]


def mark(taken: Exported, person: str) -> Lines:
    """Return who took the table out, when, and what a sign in it means."""
    board, at = taken.board, taken.board.worked_out_at.astimezone(LOCAL)
    said = (
        (msg("Taken out by"), person),
        (msg("Taken out at"), f"{at:%Y-%m-%d %H:%M}"),
        (msg("Number in the log"), taken.number),
        (msg("Unit"), board.unit.name),
        (msg("Of the period"), month_words(board.period)),
        (
            LEFT_OUT,
            translate(
                msg("Not told: fewer than %(n)s, or it would follow from what is told."), n=str(MINIMUM)
            ),
        ),
        (
            msg("Use"),
            translate(
                msg(
                    "For the work of the unit named here. Figures of the whole are worked out from its matters."
                )
            ),
        ),
    )
    return [[translate(head) if head != LEFT_OUT else head, text] for head, text in said]


def as_file(taken: Exported, form: str, person: str, say: Texts) -> bytes:
    """Return the table as CSV or as a workbook; no cell of it is worked out by a spreadsheet."""
    about = mark(taken, person)
    terms = [translate(one) for one in (msg("Figure"), msg("What it says"), msg("Source"))]
    if form == "csv":
        tail = [[], terms, *definitions(taken.board, say), [], *about]
        return csv_of(headings(), [*lines(taken, say), *tail], mark=True)
    of_file = translate(msg("About this file"))
    return write_workbook(
        Sheet(
            translate(msg("Figures")), headings(), lines(taken, say), (28, 18, 28, 18, 12, 12, 12), right=4
        ),
        Sheet(translate(msg("What they mean")), terms, definitions(taken.board, say), (24, 60, 40)),
        Sheet(of_file, (of_file, ""), about, (20, 60)),
        on_paper=f"{taken.board.unit.name} {month_words(taken.board.period)}",
    )


def file_name(board: Board, form: str) -> str:
    """Return the name of the file: the unit and the month, in plain signs."""
    return f"board-{board.unit.code.replace(':', '-')}-{_month(board.period)}.{form}"


def _month(period: Period) -> str:
    return f"{period.year}-{period.month:02d}"
