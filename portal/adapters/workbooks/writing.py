"""Write a workbook of texts: no cell of it is a formula, a link or anything else that a spreadsheet works out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter

_WIDTH, _WIDEST = 12, 60
_MOST = 32_767  # what a cell takes
_LOOKS: Mapping[str, Mapping[str, object]] = {
    "plain": {"text_wrap": True, "valign": "top", "num_format": "@"},
    "head": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "bottom": 1},
    "fault": {"text_wrap": True, "valign": "top", "num_format": "@", "bg_color": "#FDE8E4"},
    "note": {"text_wrap": True, "valign": "top", "font_color": "#9A3412"},
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: headings and lines of texts; ``looks`` says of single cells by (line, column) how they stand out."""

    name: str
    headings: Sequence[str]
    lines: Iterable[Sequence[str]]
    widths: Sequence[int] = ()
    looks: Mapping[tuple[int, int], str] = field(default_factory=dict)


def write_workbook(*sheets: Sheet) -> bytes:
    """Return a workbook of these sheets."""
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
            for column, heading in enumerate(sheet.headings):
                width = sheet.widths[column] if column < len(sheet.widths) else _WIDTH
                page.set_column(column, column, min(width, _WIDEST), looks["plain"])
                page.write_string(0, column, heading[:_MOST], looks["head"])
            for at, cells in enumerate(sheet.lines, start=1):
                for column, cell in enumerate(cells):
                    look = looks[sheet.looks.get((at, column), "plain")]
                    page.write_string(at, column, cell[:_MOST], look)
            page.freeze_panes(1, 0)
    return out.getvalue()
