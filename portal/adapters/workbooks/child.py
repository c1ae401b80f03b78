"""The child process that reads one workbook from its input and writes its sheets to its output, as JSON.

It imports nothing of the portal, so that it starts at once and holds no key and no connection. It is told its limits by
nobody: they stand here, and it takes them on before it looks at the file. Whatever it dies of, its parent goes on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import resource
import sys
import zipfile
import zlib
from typing import Any

SECONDS, MEMORY = 10, 700 * 1024 * 1024
MOST_PARTS, MOST_UNPACKED = 5_000, 250 * 1024 * 1024
MOST_TEXT = 60_000_000
MOST_LINES, MOST_COLUMNS = 60_000, 2_000
# So much of a part is looked at for a document type, which alone lets entities be declared.
_BEGINNING = 2_048
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
# From here on a number has lost digits in the spreadsheet itself.
_EXACT = 10**15


class Refused(Exception):
    """Why a file is not read, by a short name."""


def limit() -> None:
    """Take on the limits of this process."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def main() -> None:
    """Read the workbook and write what was found, or why it is refused."""
    limit()
    try:
        said: dict[str, Any] = {"sheets": sheets_of(sys.stdin.buffer.read())}
    except Refused as error:
        said = {"refused": str(error)}
    except MemoryError:
        said = {"refused": "large"}
    sys.stdout.write(json.dumps(said, ensure_ascii=False))


def sheets_of(content: bytes) -> list[dict[str, Any]]:
    """Return the sheets that are shown, each with its lines and their numbers."""
    if content.startswith(_ZIP):
        look_into(content)
    elif content.startswith(_OLE):
        if _LOCKED in content:
            raise Refused("locked")
    else:
        raise Refused("kind")
    # Here, so that what it maps counts.
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(content))
        shown = calamine.SheetVisibleEnum.Visible
        plain = calamine.SheetTypeEnum.WorkSheet
        names = [one.name for one in book.sheets_metadata if one.visible == shown and one.typ == plain]
        room = [MOST_TEXT]
        return [{"name": name, "lines": lines_of(book.get_sheet_by_name(name), room)} for name in names]
    except calamine.PasswordError:
        raise Refused("locked") from None
    except Refused:
        raise
    except MemoryError:
        raise Refused("large") from None
    except (
        BaseException
    ):  # the reader is not ours: even what it panics with is only a file that can't be read
        raise Refused("broken") from None


def look_into(content: bytes) -> None:
    """Refuse a package that unpacks to more than any table holds, or that declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Refused("large")
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names and "content.xml" not in names:
                raise Refused("kind")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as opened:
                        beginning = opened.read(_BEGINNING)
                    if b"<!DOCTYPE" in beginning or b"<!ENTITY" in beginning:
                        raise Refused("entities")
    except (zipfile.BadZipFile, zlib.error, IndexError, EOFError, OSError, ValueError, RuntimeError):
        raise Refused("broken") from None


def lines_of(sheet: Any, room: list[int]) -> list[list[Any]]:
    """Return the lines of a sheet that hold anything, each with its number; cells joined downwards repeat."""
    if sheet.start is None or sheet.end is None:
        return []
    top, left = sheet.start
    height, width = sheet.end[0] - top + 1, sheet.end[1] - left + 1
    if height * width > MOST_LINES * 200 or width > MOST_COLUMNS:
        raise Refused("large")
    lines: list[list[Any]] = []
    for at, cells in enumerate(sheet.to_python(skip_empty_area=True)):
        texts = ["" for _ in range(left)] + [text_of(cell) for cell in cells]
        room[0] -= sum(map(len, texts)) + len(texts)
        if room[0] < 0:
            raise Refused("large")
        lines.append([top + at + 1, texts])
    repeat(sheet, lines, top)
    found = [line for line in lines if any(line[1])]
    if len(found) > MOST_LINES:
        raise Refused("large")
    return found


def repeat(sheet: Any, lines: list[list[Any]], top: int) -> None:
    """Let a cell that is joined over several rows of one column hold for each of them."""
    for (first, left), (last, right) in list(sheet.merged_cell_ranges or ())[:MOST_LINES]:
        if left != right or first == last or not 0 <= first - top < len(lines):
            continue
        cells = lines[first - top][1]
        value = cells[left] if left < len(cells) else ""
        for at in range(first - top + 1, min(last - top + 1, len(lines))):
            below = lines[at][1]
            # Rows without anything of their own are none: they only make the cell higher.
            if any(below) and left < len(below) and not below[left]:
                below[left] = value


def text_of(cell: Any) -> str:
    """Return a cell as a text: days as year-month-day, whole numbers without a point."""
    match cell:
        case str():
            return cell
        case bool():
            return "是" if cell else "否"
        case int() | float():
            if abs(cell) >= _EXACT:
                return f"{cell:.14E}"
            return str(int(cell)) if float(cell).is_integer() else repr(cell)
        case dt.datetime():
            day = cell.date().isoformat()
            return day if cell.time() == dt.time() else f"{day} {cell:%H:%M:%S}"
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return "" if cell is None else str(cell)


if __name__ == "__main__":
    main()
