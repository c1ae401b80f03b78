"""Tables as people save them: cells with line breaks, double columns, quotation marks that are missing, formulas."""

from __future__ import annotations

import pytest

from portal.core.csv_tables import MOST_BYTES, csv_of, read_table

HEADINGS = {"code": ("代码",), "name": ("名称", "乡镇街道", "村社区")}


def read(text: str, encoding: str = "utf-8"):
    return read_table(text.encode(encoding), HEADINGS, needed=("code",), plain=("code", "name"))


def rows(text: str, encoding: str = "utf-8") -> list[tuple[int, str, str]]:
    table = read(text, encoding)
    assert table.problems == ()
    return [(row.line, row["code"], row["name"]) for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_have_the_numbers_that_the_file_has(encoding: str, end: str) -> None:
    text = end.join(["代码,名称", "", "1,甲村", ",,", "2,乙村", ""])
    assert rows(text, encoding) == [(3, "1", "甲村"), (5, "2", "乙村")]


def test_a_quoted_cell_holds_line_breaks_and_the_next_line_keeps_its_number() -> None:
    assert rows('代码,名称\n1,"甲村\n（原乙村）"\n2,丙村\n') == [
        (2, "1", "甲村\n（原乙村）"),
        (4, "2", "丙村"),
    ]


def test_a_table_without_headings_or_parted_by_blanks_is_read() -> None:
    assert rows("330681001,暨阳街道\n330681104,店口镇\n") == [
        (1, "330681001", "暨阳街道"),
        (2, "330681104", "店口镇"),
    ]
    assert rows("代码 名称\n\n1 甲村\n") == [(3, "1", "甲村")]


def test_two_columns_of_one_meaning_are_told() -> None:
    (problem,) = read("代码,乡镇街道,村社区\n1,甲镇,乙村\n").problems
    assert (problem.code, problem.params["columns"]) == ("table.same_columns", "乡镇街道、村社区")


@pytest.mark.parametrize(
    "text", ['代码,名称\n1,"甲村\n' + "2,乙村\n" * 20_000, "代码,名称\n1," + "甲" * 140_000 + "\n"]
)
def test_a_quotation_mark_that_is_missing_is_told_with_its_line(text: str) -> None:
    (problem,) = read(text).problems
    assert (problem.code, problem.params["line"]) == ("table.broken", 2)


def test_what_is_too_large_is_refused() -> None:
    (problem,) = read_table(b"x" * (MOST_BYTES + 1), HEADINGS, needed=("code",)).problems
    assert problem.code == "table.size"


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx"])
def test_no_spreadsheet_works_out_a_cell_and_reading_gives_it_back(cell: str) -> None:
    written = csv_of(["代码", "名称"], [["1", cell]]).decode()
    assert f"'{cell}" in written
    if not cell.startswith("\t"):
        assert rows(written) == [(2, "1", cell)]
