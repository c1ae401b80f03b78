"""Tables leave through two writers alone, and of neither does a spreadsheet work out a cell."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.csv_tables import csv_of

ROOT = Path(__file__).parents[2] / "portal"
# The demo's is read again by the demo itself.
WRITERS = {"core/csv_tables.py", "adapters/workbooks/writing.py", "services/demo/imported.py"}
OTHERS = re.compile(
    r"csv\.(Dict)?[wW]riter|import xlsxwriter|import openpyxl|from openpyxl|\.to_csv\(|\.to_excel\("
)
BEGINS = st.sampled_from(
    ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\u3000@", "＝", "＋", "－", "＠", ""]
)
WORDS = st.sampled_from(["", "x\r", "x\r\n", "x\n", "x,", 'x"'])
CELLS = st.builds(
    "{}{}{}".format, WORDS, BEGINS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9)
)


def test_no_table_is_written_elsewhere() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if OTHERS.search(path.read_text(encoding="utf-8"))
    }
    assert found == WRITERS


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=4), st.booleans())
def test_no_cell_of_a_csv_file_is_worked_out_and_none_is_lost(lines: list[list[str]], mark: bool) -> None:
    content = csv_of(lines[0], lines, mark=mark).decode("utf-8-sig" if mark else "utf-8")
    read = list(csv.reader(io.StringIO(content, newline="")))
    for line, was in zip(read[1:], lines, strict=True):
        for cell, before in zip(line, was, strict=True):
            assert cell.lstrip()[:1] not in set("=+-@＝＋－＠")
            whole = before.replace("\r\n", "\n").replace("\r", "\n")
            assert cell in (whole, f"'{whole}")


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_no_cell_of_a_workbook_is_a_formula_a_link_or_a_number(lines: list[list[str]]) -> None:
    content = write_workbook(Sheet("表", lines[0], lines))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert set(re.findall(r'<c [^>]*t="(\w+)"', sheet)) <= {"s"}
        assert not [
            name for name in package.namelist() if "externalLink" in name or "sheet1.xml.rels" in name
        ]
