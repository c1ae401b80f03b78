"""Tables that people save from WPS or Excel: any usual encoding and separator, headings in Chinese or English."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.core.errors import Problem, msg

# What makes a spreadsheet work a cell out; those of full width in East Asian editions.
_FORMULA, _BEFORE = frozenset("=+-@＝＋－＠"), frozenset("\t\n")
_SEPARATORS = (",", "\t", ";", "，")
MOST_BYTES = 20_000_000
# Among how many lines the headings are looked for.
_ABOVE_HEADINGS = 5
# What spreadsheets make of long numbers.
_SHORTENED = re.compile(r"\d{1,20}(?:\.\d{0,20})?[eE]\+?\d{1,3}")
# What cells say for yes and no, in small letters.
FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("是", "有", "y", "yes", "true", "1", "√", "对", "已"), True),
    **dict.fromkeys(("否", "没有", "n", "no", "false", "0", "×", "x", "未"), False),
}
# What other kinds of files begin with.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


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
    lines, problem = lines_of(text, file)
    if problem is not None:
        return CsvTable(problems=(problem,))
    return table_of(lines, headings, needed=needed, plain=plain, file=file)


def table_of(
    lines: Sequence[tuple[int, Sequence[str]]],
    headings: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    plain: Sequence[str] = (),
    file: str = "",
) -> CsvTable:
    """Return lines that were read, the first one the headings, as a table; arguments as of ``read_table``."""
    if not lines:
        return CsvTable(problems=(Problem("table.empty", msg("The table is empty"), {}, file),))
    known = {word.casefold(): column for column, words in headings.items() for word in (column, *words)}
    start = _start(lines, known, needed)
    (at, heads), rest = lines[start], lines[start + 1 :]
    columns = _columns(heads, known)
    if plain and not any(columns) and heads[0][:1].isdecimal():
        columns, rest = list(plain), lines
    missing = [column for column in needed if column not in columns]
    if missing:
        return CsvTable(problems=(_no_column(missing[0], headings, heads, at, file),))
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice is not None:
        return CsvTable(problems=(_same_columns(twice, columns, heads, at, file),))
    rows = [
        Row(number, {column: cell for column, cell in zip(columns, line, strict=False) if column})
        for number, line in rest
    ]
    return CsvTable(rows)


def _columns(cells: Sequence[str], known: Mapping[str, str]) -> list[str | None]:
    return [known.get("".join(cell.split()).casefold()) for cell in cells]


def _start(
    lines: Sequence[tuple[int, Sequence[str]]], known: Mapping[str, str], needed: Sequence[str]
) -> int:
    """Return which line has the headings: mostly the first, or one below the title that spreadsheets put above."""
    for number, (_, cells) in enumerate(lines[:_ABOVE_HEADINGS]):
        if set(needed) <= set(_columns(cells, known)):
            return number
    return 0


def lines_of(text: str, file: str = "") -> tuple[list[tuple[int, list[str]]], Problem | None]:
    """Return the lines that hold anything, each with its number in the file; a quoted cell may hold line breaks."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in plain.split("\n") if line.strip(" \t,;，")), "")
    separator = _separator(first)
    if separator is None:
        parted = ((number, line.split()) for number, line in enumerate(plain.split("\n"), start=1))
        return [(number, cells) for number, cells in parted if cells], None
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=separator, strict=True)
    found, number = [], 1
    try:
        for cells in reader:
            stripped = [cell.strip(" \t\u3000\u200b\ufeff'") for cell in cells]
            if any(stripped):
                found.append((number, stripped))
            number = reader.line_num + 1
    except csv.Error:
        text = msg("From line %(line)s on the table can't be read: a quotation mark may be missing there")
        return [], Problem("table.broken", text, {"line": number}, file)
    return found, None


def decoded(content: bytes, file: str = "") -> tuple[str, Problem | None]:
    """Return the text of a table in UTF-8, GBK or UTF-16; a workbook, or what is no text, is refused."""
    if content.startswith(WORKBOOKS):
        return "", Problem(
            "table.workbook",
            msg("This is a workbook of Excel or WPS, not a table as text"),
            {},
            file,
            remedy=msg("Save it there as CSV: “Save as”, kind of file CSV"),
        )
    if len(content) > MOST_BYTES:
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


def _same_columns(
    column: str, columns: Sequence[str | None], heads: Sequence[str], line: int, file: str
) -> Problem:
    same = "、".join(head for head, one in zip(heads, columns, strict=False) if one == column)
    return Problem(
        "table.same_columns",
        msg("Line %(line)s: these columns mean the same: %(columns)s"),
        {"line": line, "columns": same},
        file,
        remedy=msg("Leave one of them"),
    )


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


def is_shortened(cell: str) -> bool:
    """Tell whether a cell is a long number that a spreadsheet made short, such as 5.3E+11: its digits are lost."""
    return _SHORTENED.fullmatch(cell) is not None


def csv_of(heads: Iterable[str], lines: Iterable[Iterable[str]], *, mark: bool = False) -> bytes:
    """Return a table as CSV, no cell of which a spreadsheet works out; with a mark spreadsheets read it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_as_text, heads))
    writer.writerows([_as_text(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8")


def _as_text(cell: str) -> str:
    # A bare carriage return is not quoted, and what comes after it would begin a line of its own.
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if cell[:1] in _BEFORE or cell.lstrip()[:1] in _FORMULA else cell
