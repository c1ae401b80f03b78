"""Zones, rooms and windows pasted from a spreadsheet, each row with what is wrong with it in words."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.layout.pasting import Known, pasted

LAYOUT: dict[str, Any] = {
    "zones": {"intake": {"title": "登记受理区"}, "resolution": {"title": "多元化解区"}},
    "rooms": {"joint": {"title": "联合调解室", "zone": "resolution", "kind": "mediation", "seats": 6}},
    "windows": {},
}
KNOWN = Known(LAYOUT, {"司法局": "justice", "法院": "court"}, {"调解室": "mediation", "法庭": "court"}, "")
NINETEEN = "\n".join(
    ["名称\t功能区\t单位\t座位", *(f"第{n}调解室\t多元化解区\t司法局\t{n}" for n in range(1, 20))]
)


def codes(text: str, known: Known = KNOWN) -> list[list[str]]:
    rows, problems = pasted(text, known)
    assert problems == []
    return [[problem.code for problem in row.problems] for row in rows]


def test_nineteen_rooms_come_in_at_once() -> None:
    rows, problems = pasted(NINETEEN, KNOWN)
    assert problems == []
    assert len(rows) == 19
    assert not any(row.problems for row in rows)
    assert dict(rows[4].values) == {
        "title": "第5调解室",
        "department": "justice",
        "kind": "mediation",
        "seats": 5,
        "zone": "resolution",
    }


def test_sorts_are_said_or_follow_from_the_row() -> None:
    lines = (
        "类别\t名称\t功能区\t编号",
        "窗口\t法律服务\t登记受理区\t3",
        "\t速裁法庭\t多元化解区\t",
        "区\t指挥调度区\t\t",
        "\t研判室\t指挥调度区\t",
    )
    text = "\n".join(lines)
    rows, _ = pasted(text, KNOWN)
    assert [row.group for row in rows] == ["windows", "rooms", "zones", "rooms"]
    assert rows[0].values["number"] == 3
    assert rows[1].values["kind"] == "court"
    assert (rows[3].zone, rows[3].values["kind"], rows[3].problems) == ("指挥调度区", "meeting", ())


def test_a_row_whose_name_is_there_changes_that_thing_alone() -> None:
    rows, _ = pasted("名称\t座位\n联合调解室\t12\n", KNOWN)
    assert (rows[0].existing, dict(rows[0].values)) == ("joint", {"seats": 12})
    same, _ = pasted("名称\t座位\t功能区\n联合调解室\t6\t多元化解区\n", KNOWN)
    assert not same[0].changes
    assert not same[0].problems


def test_names_alone_become_rooms_of_the_chosen_zone() -> None:
    rows, problems = pasted("名称\n家事调解室\n接访室\n", Known(LAYOUT, {}, {}, "intake"))
    assert problems == []
    assert [row.values["zone"] for row in rows] == ["intake", "intake"]
    assert codes("家事调解室") == [["layout.paste_zone"]]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("\t多元化解区\t\t", ["layout.paste_title"]),
        ("甲室\t没有区\t\t", ["layout.paste_zone"]),
        ("甲室\t多元化解区\t没有局\t", ["layout.paste_department"]),
        ("甲室\t多元化解区\t司法局\t很多", ["layout.paste_seats"]),
        ("甲室\t没有区\t没有局\t0", ["layout.paste_department", "layout.paste_seats", "layout.paste_zone"]),
    ],
)
def test_all_that_is_wrong_with_a_row_is_told_at_once(row: str, found: list[str]) -> None:
    assert codes(f"名称\t功能区\t单位\t座位\n{row}") == [found]


def test_a_name_twice_and_a_sort_that_is_none_are_told() -> None:
    assert codes("名称\t功能区\n甲室\t多元化解区\n甲室\t多元化解区") == [[], ["layout.paste_twice"]]
    assert codes("类别\t名称\t功能区\n走廊\t甲\t多元化解区") == [["layout.paste_sort"]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "layout.paste_empty"),
        ("单位\t座位\n司法局\t1", "table.column"),
        ("名称\t座位\n", "layout.paste_empty"),
    ],
)
def test_a_table_that_can_not_be_read_is_told(text: str, code: str) -> None:
    rows, problems = pasted(text, KNOWN)
    assert rows == []
    assert [problem.code for problem in problems] == [code]
