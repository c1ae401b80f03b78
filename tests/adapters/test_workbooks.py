"""Workbooks from anywhere: every row is read, and twenty hostile ones do no harm to the process that takes them in."""

from __future__ import annotations

import datetime as dt
import io
import resource
import time
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from portal.adapters.workbooks import Sheet, read_sheets, write_workbook
from portal.core.errors import InvalidInput
from portal.services.importing.files import read_file

SECONDS, MORE_MEMORY = 12, 200 * 1024 * 1024


def book(fill: Callable[[xlsxwriter.Workbook], None], **options: object) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        fill(made)
    return out.getvalue()


def plain(made: xlsxwriter.Workbook) -> None:
    made.add_worksheet("台账").write_column(0, 0, ["编号", "A-1", "A-2"])


def changed(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a package with one part changed, or added where there is none of the name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for one in names:
            data = old.read(one)
            new.writestr(one, change(data) if one == name else data)
        if name not in names:
            new.writestr(name, change(b""))
    return out.getvalue()


PLAIN = book(plain)
SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
)


def sheet_of(rows: bytes, dimension: bytes = b"A1:A3") -> bytes:
    head = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    return head + b'<dimension ref="%s"/><sheetData>%s</sheetData></worksheet>' % (dimension, rows)


def cell(at: bytes, text: bytes) -> bytes:
    return b'<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (at, text)


def bomb(size: int) -> bytes:
    return changed(PLAIN, SHEET, lambda _: sheet_of(b"<row>" + b" " * size + b"</row>"))


def lying(content: bytes) -> bytes:
    """Return a package whose directory says that the sheet unpacks to a few bytes."""
    data = bytearray(content)
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def wide(made: xlsxwriter.Workbook) -> None:
    made.add_worksheet().write_row(0, 0, ["x"] * 16_384)


def linked(made: xlsxwriter.Workbook) -> None:
    page = made.add_worksheet()
    page.write_row(0, 0, ["编号", "金额"])
    page.write_string(1, 0, "A-1")
    page.write_formula(1, 1, "='file:///etc/[passwd]x'!A1", None, "7")
    page.write_url(2, 0, "http://169.254.169.254/", string="A-2")


def calculated(made: xlsxwriter.Workbook) -> None:
    page = made.add_worksheet()
    page.write_column(0, 0, ["编号", "A-1"])
    page.write_formula(2, 0, '=WEBSERVICE("http://127.0.0.1/"&A1)', None, "A-2")
    page.write_formula(3, 0, '=cmd|"/c calc"!A0', None, "A-3")


# Each is refused in words (None), or its rows are read and nothing else happens.
HOSTILE: dict[str, tuple[bytes, list[str] | None]] = {
    "a bomb": (bomb(300_000_000), None),
    "a bomb whose directory lies": (lying(bomb(300_000_000)), None),
    "a bomb within its measure": (bomb(80_000_000), None),
    "entities that grow": (changed(PLAIN, SHEET, lambda x: ENTITIES + b"]>" + x), None),
    "an entity that reads a file": (
        changed(
            PLAIN,
            "xl/sharedStrings.xml",
            lambda x: b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + x,
        ),
        None,
    ),
    "links to other files": (book(linked), ["A-1", "A-2"]),
    "formulas": (book(calculated), ["A-1", "A-2", "A-3"]),
    "macros": (changed(PLAIN, "xl/vbaProject.bin", lambda _: b"\xd0\xcf\x11\xe0 Auto_Open"), ["A-1", "A-2"]),
    "columns to the end": (book(wide), None),
    "a cell in the last corner": (
        changed(
            PLAIN,
            SHEET,
            lambda _: sheet_of(
                b'<row r="1">%s</row><row r="1048576">%s</row>'
                % (cell(b"A1", b"x"), cell(b"XFD1048576", b"y"))
            ),
        ),
        None,
    ),
    "a dimension of a million columns": (
        changed(PLAIN, SHEET, lambda x: x.replace(b"A1:A3", b"A1:ZZZZZ99999999")),
        ["A-1", "A-2"],
    ),
    "cut off": (PLAIN[: len(PLAIN) // 2], None),
    "a broken part": (changed(PLAIN, SHEET, lambda x: x[: len(x) // 2]), None),
    "a password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900 + "EncryptedPackage".encode("utf-16-le"),
        None,
    ),
    "an old workbook that is none": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5_000, None),
    "another package": (changed(b"PK\x05\x06" + b"\0" * 18, "evil/../../x.txt", lambda _: b"x"), None),
    "a program": (b"MZ" + b"\x90\0" * 400, None),
    "a page of the web": (b"<html><table><tr><td>x</td></tr></table></html>", None),
    "ten thousand parts": (
        (
            lambda out: (
                [[z.writestr(f"p{n}.xml", b"") for n in range(10_000)] for z in [zipfile.ZipFile(out, "w")]]
                and out.getvalue()
            )
        )(io.BytesIO()),
        None,
    ),
    "rows nested in rows": (
        changed(PLAIN, SHEET, lambda _: sheet_of(b"<row>" * 200_000 + b"</row>" * 200_000)),
        None,
    ),
    "a text of fifty million signs": (
        changed(PLAIN, SHEET, lambda _: sheet_of(b'<row r="1">%s</row>' % cell(b"A1", b"x" * 90_000_000))),
        None,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_in_words_or_only_its_texts_are_read(name: str) -> None:
    content, expected = HOSTILE[name]
    assert len(content) < 30 * 1024 * 1024
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if expected is None:
        with pytest.raises(InvalidInput) as refused:
            read_file(content)
        assert refused.value.code.startswith("table.")
    else:
        assert [cells[0] for _, cells in read_file(content).table.rows] == expected
    assert time.monotonic() - began < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MORE_MEMORY


def test_twenty_hostile_workbooks_are_tried() -> None:
    assert len(HOSTILE) >= 20


def test_a_false_dimension_drops_no_row() -> None:
    rows = b"".join(b'<row r="%d">%s</row>' % (n, cell(b"A%d" % n, b"n%d" % n)) for n in range(1, 301))
    content = changed(PLAIN, SHEET, lambda _: sheet_of(rows, b"A1:A2"))
    table = read_file(content).table
    assert (table.headings, len(table.rows), table.rows[-1]) == (("n1",), 299, (300, ("n300",)))


def test_cells_joined_downwards_hold_for_each_row_and_names_of_four_bytes_stay() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        page = made.add_worksheet()
        page.merge_range(0, 0, 0, 2, "某区矛盾纠纷台账")
        page.write_row(1, 0, ["乡镇", "姓名", "日期"])
        page.merge_range(2, 0, 3, 0, "碧鸡街道")
        page.write_column(2, 1, ["𠮷某", "张三"])
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        page.write_datetime(2, 2, dt.datetime(2025, 3, 4), day)
        page.write_number(3, 2, 45_000)

    table = read_file(book(fill)).table
    assert table.headings == ("乡镇", "姓名", "日期")
    assert table.rows == ((3, ("碧鸡街道", "𠮷某", "2025-03-04")), (4, ("碧鸡街道", "张三", "45000")))


def test_hidden_sheets_are_left_and_further_ones_are_told() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        for name in ("说明", "台账", "旧"):
            made.add_worksheet(name).write_column(0, 0, ["编号", "1", "2"])
        made.get_worksheet_by_name("旧").hide()

    tables = read_file(book(fill))
    assert (tables.table.name, dict(tables.others)) == ("说明", {"台账": 3})
    assert read_file(book(fill), "台账").table.name == "台账"
    with pytest.raises(InvalidInput):
        read_file(book(fill), "旧")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_table_as_text_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    content = '编号,姓名\n="001",张三\n\n2,"李,四"\n'.encode(encoding)
    table = read_file(content).table
    assert table.headings == ("编号", "姓名")
    assert table.rows == ((2, ("001", "张三")), (4, ("2", "李,四")))


def test_what_is_written_is_text_alone() -> None:
    content = write_workbook(Sheet("问题行", ["=1+1", "@x"], [["=cmd|'/c calc'!A0", "http://x.y"]]))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheet = package.read(SHEET)
        assert b"<f>" not in sheet
        assert not [name for name in package.namelist() if "rels" in name and "sheet" in name]
    assert read_sheets(content)["问题行"][1][1][0] == "=cmd|'/c calc'!A0"
