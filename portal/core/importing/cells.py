"""Tables as people keep them: a heading somewhere near the top, rows below it, blank ones between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import blank
from portal.core.blank import is_blank
from portal.core.errors import InvalidInput, Problem, msg

MOST_ROWS, MOST_COLUMNS = 50_000, 200
# So far down the line with the headings is looked for.
_TOP = 20
# What a heading row has of the fullest row near the top: titles above it and notes have less.
_SHARE = 0.6
# What stands in cells of exports where nothing is known.
NOTHING = blank.NOTHING | {"", "--", "——", "/", "\\", "null", "n/a", "#n/a", "nan", "暂无", "空"}
_AROUND = " \t\r\n\u3000\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: the line of its headings, the headings, and the rows below with their lines in the file."""

    name: str
    head: int
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """What was read of a file: the table that is taken, and how many rows other sheets hold."""

    table: Table
    others: Mapping[str, int]


Lines = Sequence[tuple[int, Sequence[str]]]


def clean(cell: str) -> str:
    """Return the text of a cell without blanks around it, and out of the sign by which exports force a text."""
    text = cell.strip(_AROUND)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    text = text.removeprefix("'").strip(_AROUND)
    return "" if is_blank(text) else text


def is_nothing(text: str) -> bool:
    """Tell whether a cell says that nothing is known."""
    return text.casefold() in NOTHING


def tables_of(sheets: Mapping[str, Lines], wanted: str = "") -> Tables:
    """Return the table of a file: the sheet of the wanted name, or the first one that holds rows.

    Raise InvalidInput where there is none, or where it is larger than what is taken in one go.
    """
    filled = {name: cleaned for name, lines in sheets.items() if (cleaned := _cleaned(lines))}
    if wanted and wanted not in filled:
        raise _refused(
            "sheet",
            msg("The file has no sheet “%(sheet)s” with rows; it has: %(sheets)s"),
            {"sheet": wanted, "sheets": "、".join(filled) or "—"},
        )
    if not filled:
        raise _refused("empty", msg("The table is empty"), {})
    name = wanted or next(iter(filled))
    table = _table(name, filled[name])
    return Tables(table, {other: len(lines) for other, lines in filled.items() if other != name})


def _cleaned(lines: Lines) -> list[tuple[int, tuple[str, ...]]]:
    found = ((line, tuple(map(clean, cells))) for line, cells in lines)
    return [(line, cells) for line, cells in found if any(cells)]


def _table(name: str, lines: list[tuple[int, tuple[str, ...]]]) -> Table:
    width = max(len(cells) for _, cells in lines)
    if width > MOST_COLUMNS:
        raise _refused(
            "columns",
            msg("The sheet has %(count)s columns; at most %(most)s are taken"),
            {"count": width, "most": MOST_COLUMNS},
        )
    at = _heading(lines)
    rows = lines[at + 1 :]
    if not rows:
        raise _refused("rows", msg("The sheet has headings and no row below them"), {})
    if len(rows) > MOST_ROWS:
        raise _refused(
            "many",
            msg("The sheet has %(count)s rows; at most %(most)s are taken at once: part the file"),
            {"count": len(rows), "most": MOST_ROWS},
        )
    line, heads = lines[at]
    return Table(
        name,
        line,
        _headings(heads, width),
        tuple((number, cells + ("",) * (width - len(cells))) for number, cells in rows),
    )


def _heading(lines: list[tuple[int, tuple[str, ...]]]) -> int:
    """Return where the headings stand: the first row near the top that is filled like those below it."""
    counts = [sum(1 for cell in cells if cell) for _, cells in lines[:_TOP]]
    enough = max(counts) * _SHARE
    return next(at for at, count in enumerate(counts) if count >= enough)


def _headings(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """Return a heading for each column, all different; one without gets the letter that spreadsheets show."""
    found: list[str] = []
    for at in range(width):
        text = " ".join(cells[at].split()) if at < len(cells) else ""
        text = text[:100] or letter(at)
        number, plain = 2, text
        while text in found:
            text, number = f"{plain} ({number})", number + 1
        found.append(text)
    return tuple(found)


def letter(at: int) -> str:
    """Return the letters by which a spreadsheet names a column, counted from 0."""
    name, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def by_heading(headings: Sequence[str], cells: Iterable[str]) -> dict[str, str]:
    """Return the cells of a row by their headings, without those that say nothing."""
    return {head: cell for head, cell in zip(headings, cells, strict=False) if cell}


def _refused(code: str, text: str, params: Mapping[str, Any]) -> InvalidInput:
    problem = Problem(f"table.{code}", text, params, pointer="/file")
    return InvalidInput(f"table.{code}", text, params, [problem])
