"""Tables of the wizard as spreadsheets spoil them: read where nothing is lost, else refused with line and remedy."""

from __future__ import annotations

import pytest

from portal.adapters.workbooks import Sheet, write_workbook
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_new_centre import HEADS, HOME, NEW, UNITS, csv, owner, root, stored, text_of, upload

__all__ = ["owner", "root", "site"]
COUNTY = [NEW, "滇中试验区"]
PEOPLE = ["账号", "姓名", "角色", "单位"]
ONE = ["a.b", "王法官", "handler", "530112:court"]
MANY = [
    COUNTY,
    *([f"530198{place:03d}", f"街{place}"] for place in range(1, 101)),
    *([f"530198{place:03d}{one:03d}", f"村{one}"] for place in range(1, 101) for one in range(1, 50)),
]


def units(browser: Browser, content: bytes) -> tuple[int, str]:
    answer = upload(
        browser, f"{HOME}units", content, "a.xlsx" if content[:2] == b"PK" else "a.csv", county=NEW
    )
    return answer.status_code, text_of(answer)


def people(browser: Browser, content: bytes) -> tuple[int, str]:
    name = "a.xlsx" if content[:2] == b"PK" else "a.csv"
    answer = upload(browser, f"{HOME}530112/people/try", content, name)
    return answer.status_code, text_of(answer)


@pytest.mark.parametrize(
    "content",
    [
        csv(UNITS).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + csv(UNITS),
        csv([UNITS[0], ["", ""], *UNITS[1:], ["", ""]]),
        "\n".join("\t".join(row) for row in [HEADS, *UNITS]).encode(),
        # A title over the headings, as a merged cell is.
        write_workbook(Sheet("单位", ["滇中试验区单位表"], [["填表日期：2026年5月"], HEADS, *UNITS])),
    ],
    ids=["utf-16", "mark", "empty rows", "tabs", "title above"],
)
def test_units_are_read_in_whatever_a_spreadsheet_saves(site: Site, owner: Browser, content: bytes) -> None:
    before = stored(site)
    status, text = units(owner, content)
    assert status == 200, text[-800:]
    assert "将加入 2 个乡镇街道、1 个村社区" in text
    assert stored(site) == before


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*UNITS, ["530198001", "一街道"]], "第 6 行：代码 530198001 前面已有"),
        ([COUNTY, ["5.3E+11", "一社区"]], "第 3 行：5.3E+11 被表格软件改成了科学计数；请把该列设为文本"),
        ([COUNTY, ["53019800", "一街道"]], "第 3 行：“53019800”"),
        ([COUNTY, ["530198001", "很" * 201]], "第 3 行：单位名称超过 200 个字"),
        ([COUNTY, ["530198005001", "一社区"]], "乡镇街道 530198005 没有自己的一行"),
    ],
    ids=["twice", "shortened", "a digit lost", "long", "no township"],
)
def test_what_is_wrong_with_units_is_told_with_its_line(
    site: Site, owner: Browser, rows: list[list[str]], words: str
) -> None:
    before = stored(site)
    status, text = units(owner, csv(rows))
    assert status == 422
    assert words in text, text[-900:]
    assert stored(site) == before


def test_five_thousand_units_are_tried_and_five_thousand_people_are_parted(
    owner: Browser, root: Browser
) -> None:
    status, text = units(owner, csv(MANY))
    assert status == 200
    assert "将加入 100 个乡镇街道、4900 个村社区" in text
    lines = [[f"p{number}", "某", *ONE[2:]] for number in range(5_000)]
    status, text = people(root, csv(lines, PEOPLE))
    assert status == 422
    assert "表格有 5000 行，请分开：一次最多 2000 行" in text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["c.d", "李", "handlr", ONE[3]]], "第 2 行：没有角色“handlr”；角色有：登记员"),
        ([["c.d", "李", "director", "5.3E+11"]], "第 2 行：5.3E+11 被表格软件改成了科学计数"),
        ([["1.38889E+10", "李", "director", "530112"]], "第 2 行：1.38889E+10 被表格软件改成了科学计数"),
        ([["c.d", "李", "director", "539999"]], "第 2 行：没有单位“539999”"),
        ([ONE, ["A.B", "赵书记员", *ONE[2:]]], "第 2 行"),
    ],
    ids=["role", "unit shortened", "account shortened", "unit", "account of two"],
)
def test_what_is_wrong_with_people_is_told_with_its_line(
    site: Site, root: Browser, rows: list[list[str]], words: str
) -> None:
    before = stored(site)
    status, text = people(root, csv(rows, PEOPLE))
    assert status == 422
    assert words in text, text[-900:]
    assert stored(site) == before


def test_a_person_twice_is_one_account_and_a_title_above_is_no_fault(root: Browser) -> None:
    status, text = people(root, write_workbook(Sheet("人员", ["人员表"], [PEOPLE, ONE, ONE])))
    assert status == 200, text[-900:]
    assert "将新建 1 个账号" in text
    assert "已加角色" not in text
    assert "原样" in text or "不变" in text
