"""Tables that people save from WPS or Excel: any usual encoding and separator, headings in Chinese or English."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.core.errors import Problem, msg

_SEPARATORS = (",", "\t", ";", "，")
_MOST = 20_000_000
# What other kinds of files begin with.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file, and its values by column."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The lines of a table, and what is wrong with it as a whole."""

    rows: Sequence[Row] = ()
    problems: Sequence[Problem] = field(default=())


def read_table(
    content: bytes,
    headings: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    plain: Sequence[str] = (),
    file: str = "",
) -> CsvTable:
    """Read a table by its headings.

    ``headings`` gives each column the words that may stand above it, ``needed`` the columns that have to be there.
    A table without headings, whose first line begins with digits, is read in the order of ``plain``.
    """
    text, problem = decoded(content, file)
    if problem is not None:
        return CsvTable(problems=(problem,))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip(" \t,;，")), None)
    if first is None:
        return CsvTable(problems=(Problem("table.empty", msg("The table is empty"), {}, file),))
    cells = [_cells(line, _separator(lines[first])) for line in lines]
    known = {word.casefold(): column for column, words in headings.items() for word in (column, *words)}
    columns: list[str | None] = [known.get(cell.casefold().replace(" ", "")) for cell in cells[first]]
    if plain and not any(columns) and cells[first][0][:1].isdecimal():
        columns, first = list(plain), first - 1
    missing = [column for column in needed if column not in columns]
    if missing:
        return CsvTable(problems=(_no_column(missing[0], headings, cells[first], first + 1, file),))
    rows = [
        Row(number, {column: cell for column, cell in zip(columns, line, strict=False) if column})
        for number, line in enumerate(cells[first + 1 :], start=first + 2)
        if any(line)
    ]
    return CsvTable(rows)


def decoded(content: bytes, file: str = "") -> tuple[str, Problem | None]:
    """Return the text of a table in UTF-8, GBK or UTF-16; a workbook, or what is no text, is refused."""
    if content.startswith(_WORKBOOKS):
        return "", Problem(
            "table.workbook",
            msg("This is a workbook of Excel or WPS, not a table as text"),
            {},
            file,
            remedy=msg("Save it there as CSV: “Save as”, kind of file CSV"),
        )
    if len(content) > _MOST:
        return "", Problem("table.size", msg("The table is too large"), {}, file)
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, None
    return "", Problem(
        "table.encoding",
        msg("This is no table as text: neither UTF-8 nor GBK"),
        {},
        file,
        remedy=msg("Save it there as CSV: “Save as”, kind of file CSV"),
    )


def _separator(line: str) -> str | None:
    """Return the sign between the cells of a line; None where blanks part them."""
    counts = {sign: line.count(sign) for sign in _SEPARATORS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else None


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split() or [""]
    found = next(csv.reader(io.StringIO(line), delimiter=separator), [])
    return [cell.strip(" \t\u3000\u200b\ufeff'") for cell in found] or [""]


def _no_column(
    column: str, headings: Mapping[str, Sequence[str]], found: Sequence[str], line: int, file: str
) -> Problem:
    words = [*headings[column], column]
    params = {
        "column": words[0],
        "line": line,
        "found": "、".join(found)[:200],
        "words": "、".join(words),
    }
    return Problem(
        "table.column",
        msg("The column “%(column)s” is missing; line %(line)s has: %(found)s"),
        params,
        file,
        remedy=msg("Write a heading above each column; this one may be called %(words)s"),
    )


def csv_of(heads: Iterable[str], lines: Iterable[Iterable[str]], *, mark: bool = False) -> bytes:
    """Return a table as CSV; with a mark at its beginning spreadsheets read it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8")
