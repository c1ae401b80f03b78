"""Write a workbook of texts: no cell of it is a formula, a link or anything else that a spreadsheet works out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import xlsxwriter

_WIDTH, _WIDEST = 12, 60
# So many signs stand on a line of a sheet of paper, upright and on its side; wider tables are not made to fit.
_UPRIGHT, _FITTING = 90, 220
_A4 = 9
# How high a line is, and as many as a row takes.
_LINE, _LINES = 15, 27
_MOST = 32_767  # what a cell takes
_LOOKS: Mapping[str, Mapping[str, object]] = {
    "plain": {"text_wrap": True, "valign": "top", "num_format": "@"},
    "right": {"text_wrap": True, "valign": "top", "num_format": "@", "align": "right"},
    "head": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "bottom": 1},
    "right head": {
        "bold": True,
        "text_wrap": True,
        "valign": "top",
        "bg_color": "#E8EEF4",
        "bottom": 1,
        "align": "right",
    },
    "fault": {"text_wrap": True, "valign": "top", "num_format": "@", "bg_color": "#FDE8E4"},
    "note": {"text_wrap": True, "valign": "top", "font_color": "#9A3412"},
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: headings and lines of texts; ``looks`` says of single cells by (line, column) how they stand out.

    Columns from ``right`` on hold figures, which stand at the right; none do where it is 0.
    """

    name: str
    headings: Sequence[str]
    lines: Iterable[Sequence[str]]
    widths: Sequence[int] = ()
    looks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    right: int = 0

    def width(self, column: int) -> int:
        """Return how wide a column is, in signs."""
        return min(self.widths[column] if column < len(self.widths) else _WIDTH, _WIDEST)

    def figures(self, column: int) -> bool:
        """Tell whether a column holds figures."""
        return 0 < self.right <= column


def write_workbook(*sheets: Sheet, on_paper: str = "") -> bytes:
    """Return a workbook of these sheets; ``on_paper`` stands at the top of each page that is printed."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        looks = {name: book.add_format(dict(said)) for name, said in _LOOKS.items()}
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            _fill(page, sheet, looks)
            _for_paper(page, sheet, on_paper)
    return out.getvalue()


def _fill(page: Any, sheet: Sheet, looks: Mapping[str, Any]) -> None:
    for column, heading in enumerate(sheet.headings):
        figures = sheet.figures(column)
        page.set_column(column, column, sheet.width(column), looks["right" if figures else "plain"])
        page.write_string(0, column, heading[:_MOST], looks["right head" if figures else "head"])
    for at, cells in enumerate(sheet.lines, start=1):
        for column, cell in enumerate(cells):
            usual = "right" if sheet.figures(column) else "plain"
            page.write_string(at, column, cell[:_MOST], looks[sheet.looks.get((at, column), usual)])
        _make_room(page, sheet, at, cells)
    _make_room(page, sheet, 0, sheet.headings)
    page.freeze_panes(1, 0)


def _make_room(page: Any, sheet: Sheet, at: int, cells: Sequence[str]) -> None:
    """Make a row as high as its longest text needs: not every program does so by itself."""
    lines = max((_lines(cell, sheet.width(column)) for column, cell in enumerate(cells)), default=1)
    if lines > 1:
        page.set_row(at, _LINE * min(lines, _LINES))


def _lines(text: str, width: int) -> int:
    """Return about how many lines a text takes; a Chinese sign is as wide as two others."""
    if 2 * len(text) <= width and "\n" not in text:
        return 1
    return sum(
        max(1, ceil(1.15 * sum(1 if ord(one) < 0x1100 else 2 for one in line) / width))
        for line in text.split("\n")
    )


def _for_paper(page: Any, sheet: Sheet, on_paper: str) -> None:
    """Let a sheet be printed: A4, as wide as the paper, its head on each page, and the number of the page."""
    page.set_paper(_A4)
    page.repeat_rows(0)
    page.set_footer("&C&P / &N")
    if on_paper:
        page.set_header("&L" + on_paper[:200].replace("&", "&&"))
    wide = sum(sheet.width(column) for column in range(len(sheet.headings)))
    if wide > _UPRIGHT:
        page.set_landscape()
    if wide <= _FITTING:
        page.fit_to_pages(1, 0)
