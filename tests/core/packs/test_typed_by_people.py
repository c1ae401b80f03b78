"""What people type for days, windows and rooms of a new county is read as it is meant, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.errors import InvalidInput
from portal.core.packs.starting.answers import City, County, Place
from portal.core.packs.starting.bodies import Bodies
from portal.core.packs.starting.hall import layout_of
from portal.core.packs.starting.typed import days_of, open_days_of, places_of

BODIES = Bodies({"petition": {"name": "信访局"}, "court": {"name": "法院"}})
ALL = tuple(range(1, 8))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("星期天", (7,)),
        ("周天", (7,)),
        ("礼拜天", (7,)),
        ("每周天", (7,)),
        ("每周日", (7,)),
        ("周六、天", (6, 7)),
        ("周六周天", (6, 7)),
        ("每天", ALL),
        ("每日", ALL),
        ("天天", ALL),
        ("日日", ALL),
        ("周一至周日", ALL),
        ("星期一到星期天", ALL),
        ("Mon-Fri", (1, 2, 3, 4, 5)),
        ("monday to friday", (1, 2, 3, 4, 5)),
        ("Tues – Thurs.", (2, 3, 4)),
        ("Mon, Wed and Fri", (1, 3, 5)),
        ("sat sun", (6, 7)),
        ("周一-周五", (1, 2, 3, 4, 5)),
        ("周一——五", (1, 2, 3, 4, 5)),
        ("1-5", (1, 2, 3, 4, 5)),
        ("周一三五", (1, 3, 5)),
        ("每周二和周四", (2, 4)),
        ("工作日", (1, 2, 3, 4, 5)),
    ],
)
def test_days_are_read_as_they_are_meant(text: str, days: tuple[int, ...]) -> None:
    assert days_of(text) == days


@pytest.mark.parametrize(
    "text", ["monthly", "friends", "Fri-Mon", "周五至周一", "mon to", "每周", "周八", "8", "一月", "sunny"]
)
def test_what_is_no_weekday_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        days_of(text)


def test_a_centre_open_on_sundays_is_not_open_every_day() -> None:
    assert open_days_of("星期六、星期天") == {"weekdays": [6, 7]}


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("24小时自助", [(1, "24小时自助窗口")]),
        ("12345热线、12348公共法律服务", [(1, "12345热线窗口"), (2, "12348公共法律服务窗口")]),
        ("12345 热线", [(1, "12345 热线窗口")]),
        ("2号楼接待", [(1, "2号楼接待窗口")]),
        ("1.5米柜台", [(1, "1.5米柜台窗口")]),
        ("3号 法律服务、5 信访", [(3, "法律服务窗口"), (5, "信访窗口")]),
        ("3号窗口. 法律服务", [(3, "法律服务窗口")]),
        ("3号法律服务、７．信访、110号 报警", [(3, "法律服务窗口"), (7, "信访窗口"), (110, "报警窗口")]),
        ("综合受理、9号24小时自助", None),
    ],
)
def test_only_what_is_a_number_of_a_window_is_read_as_one(
    text: str, windows: list[tuple[int, str]] | None
) -> None:
    found = [(one.number, one.title) for one in places_of(text, BODIES, suffix="窗口", numbered=True)]
    assert found == (windows or [(1, "综合受理窗口"), (2, "9号24小时自助窗口")])


@pytest.mark.parametrize("text", ["3", "3号", "3."])
def test_a_number_alone_is_no_window(text: str) -> None:
    with pytest.raises(InvalidInput):
        places_of(text, BODIES, suffix="窗口", numbered=True)


def county(**places: Any) -> County:
    return County(
        "330681", "诸暨市", "county/zhuji", "中心", "诸综", City("330600", "绍兴市", "shaoxing"), **places
    )


ABOVE = {
    "windows": {"window_1": {"title": "综合受理窗口"}, "window_2": {"title": "法律窗口"}},
    "rooms": {"mediation": {"title": "第二调解室"}, "mediation_3": {"title": "市级调解室"}},
}


def test_no_window_takes_the_place_of_another() -> None:
    windows = (
        Place("信访接待窗口", "petition", 1),
        Place("综合受理窗口", None, 2),
        Place("自助窗口", None, 3),
    )
    found = layout_of(county(windows=windows), BODIES, ABOVE)["windows"]
    assert [(one["number"], one["title"]) for one in found.values()] == [
        (1, "信访接待窗口"),
        (2, "综合受理窗口"),
        (3, "自助窗口"),
    ]
    assert found["window_1"]["title"] == "综合受理窗口"
    assert not found.keys() & {"window_2"}, "another window above has this key"


def test_no_room_takes_the_place_of_another() -> None:
    titles = ("第一调解室", "第二调解室", "第三调解室", "第四调解室")
    found = layout_of(county(rooms=tuple(Place(title) for title in titles)), BODIES, ABOVE)["rooms"]
    assert [one["title"] for one in found.values()] == list(titles)
    assert found["mediation"]["title"] == "第二调解室"
    assert "mediation_3" not in found


def test_a_room_of_the_same_kind_in_the_place_of_one_above_keeps_its_identifier() -> None:
    above = {"rooms": {"court": {"title": "速裁法庭", "kind": "court"}}}
    found = layout_of(county(rooms=(Place("小法庭"),)), BODIES, above)["rooms"]
    assert {key: one["title"] for key, one in found.items()} == {"court": "小法庭"}
