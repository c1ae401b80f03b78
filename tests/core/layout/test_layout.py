from __future__ import annotations

import copy
from datetime import date

import pytest

from portal.core.deadlines import WorkCalendar
from portal.core.layout import Layout, OnCall, Seat, counted, formula, numeral, resolve
from portal.core.text import Texts

DEPARTMENTS = {
    "justice": {"name": "司法局"},
    "women": {"name": "妇联"},
    "court": {"name": "法院"},
    "police": {"name": "公安"},
}
LAYOUT = {
    "centre": {"name": "区综治中心平台", "agency": "五综"},
    "zones": {"a": {"title": "接待区", "order": 1}, "b": {"title": "调解区", "order": 2}},
    "rooms": {
        "r1": {"title": "调解一室", "zone": "b", "kind": "mediation", "order": 1},
        "r2": {"title": "调解二室", "zone": "b", "kind": "mediation", "order": 2, "department": "justice"},
        "court": {"title": "家事法庭", "zone": "b", "kind": "court", "order": 3},
        "old": {"title": "旧室", "zone": "b", "kind": "mediation", "hidden": True},
    },
    "windows": {
        "w1": {"title": "综合窗口", "zone": "a", "order": 1},
        "w2": {"title": "法院窗口", "zone": "a", "order": 2, "department": "court"},
    },
    "subcentres": {"law": {"title": "公共法律服务中心"}, "petition": {"title": "信访接待中心"}},
    "stationing": {
        "justice": {"department": "justice", "mode": "resident", "place": {"room": "r2"}},
        "women": {
            "department": "women",
            "mode": "rotating",
            "place": {"window": "w1"},
            "roster": [{"weekdays": [1, 3]}, {"dates": ["2026-05-08"]}],
        },
        "women_call": {"department": "women", "mode": "on_call", "answer_hours": 2},
        "court": {
            "department": "court",
            "mode": "rotating",
            "place": {"window": "w2"},
            "roster": [{"weekdays": [2]}],
            "until": "2026-06-30",
        },
        "police": {"department": "police", "mode": "on_call"},
    },
    "patterns": {
        "plus": {
            "title": "格局",
            "style": "plus",
            "terms": [
                {"title": "平台", "members": {"centre": True}},
                {"title": "中心", "members": {"subcentres": True}, "claimed": 5},
                {
                    "title": "街道",
                    "members": {"units": {"level": "township", "statutory": True}},
                    "claimed": 10,
                },
                {"title": "部门", "members": {"departments": ["justice", "women"]}, "letter": "N"},
            ],
        },
        "chinese": {
            "title": "格局",
            "style": "chinese",
            "terms": [
                {"title": "功能区", "measure": "区", "members": {"zones": True}},
                {"title": "功能室", "measure": "室", "members": {"rooms": {"not_kind": "court"}}},
                {"title": "法庭", "measure": "庭", "members": {"rooms": {"kind": "court"}}},
            ],
        },
        "jinning": {
            "title": "三区十一室一庭",
            "style": "chinese",
            "terms": [
                {
                    "title": "功能区",
                    "measure": {"zh_Hans": "区", "en": "zones"},
                    "members": None,
                    "claimed": 3,
                },
                {
                    "title": "功能室",
                    "measure": {"zh_Hans": "室", "en": "rooms"},
                    "members": None,
                    "claimed": 11,
                },
                {"title": "法庭", "measure": {"zh_Hans": "庭", "en": "court"}, "members": None, "claimed": 1},
            ],
        },
    },
}


@pytest.fixture
def layout():
    return Layout.from_definition(LAYOUT, DEPARTMENTS)


def streets(selector):
    assert selector == {"level": "township", "statutory": True}
    return [f"街道{number}" for number in range(10)]


def test_hidden_things_are_left_out_and_the_rest_is_in_order(layout):
    assert [room.id for room in layout.rooms] == ["r1", "r2", "court"]
    rooms, windows = layout.within("a")
    assert (rooms, [window.id for window in windows]) == ((), ["w1", "w2"])


def test_figures_are_counted_never_typed(layout):
    found = formula(layout, "plus", units=streets)
    assert found.text == "1+2+10+N"
    assert [term.state for term in found.terms] == ["agrees", "differs", "agrees", "open"]
    assert found.terms[1].claimed == 5
    assert found.terms[3].members == ("司法局", "妇联")


def test_units_that_can_not_be_told_are_unknown(layout):
    assert formula(layout, "plus").text == "1+2+10?+N"


def test_a_formula_in_chinese_numerals(layout):
    assert formula(layout, "chinese").text == "两区两室一庭"


def test_adding_a_room_changes_the_formula():
    changed = copy.deepcopy(LAYOUT)
    changed["rooms"]["r3"] = {"title": "心理室", "zone": "b", "kind": "counselling"}
    assert formula(Layout.from_definition(changed), "chinese").text == "两区三室一庭"


def test_unknown_members_are_marked_and_never_invented(layout):
    found = formula(layout, "jinning")
    assert found.name == "三区十一室一庭"
    assert found.text == "三?区十一?室一?庭"
    assert {term.members for term in found.terms} == {None}
    assert {term.state for term in found.terms} == {"unknown"}
    english = formula(layout, "jinning", texts=Texts("en"))
    assert english.text == "3? zones, 11? rooms, 1? court"


def test_nothing_known_is_a_question_mark():
    terms = [{"title": "a", "members": None}, {"title": "b", "members": ["张", "李", "王"]}]
    patterns = {"p": {"title": "t", "style": "plus", "terms": terms}}
    bare = {"centre": {"name": "x", "agency": "y"}, "patterns": patterns}
    assert formula(Layout.from_definition(bare), "p").text == "?+3"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((0, "零"), (1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (100, "一百")),
        *((101, "一百零一"), (110, "一百一十"), (143, "一百四十三"), (1001, "一千零一")),
        *((1711, "一千七百一十一"), (2010, "二千零一十"), (9999, "九千九百九十九"), (12345, "12345")),
    ],
)
def test_chinese_numerals(number, text):
    assert numeral(number) == text


def test_two_of_something_is_liang():
    assert (counted(2), counted(12), numeral(2)) == ("两", "十二", "二")


PLAIN = WorkCalendar()
MONDAY, TUESDAY, FRIDAY_8 = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 8)


def test_a_resident_department_is_always_there(layout):
    assert resolve(layout, {"department": "justice"}, TUESDAY, PLAIN) == Seat(
        "justice", "room", "r2", "justice", "resident"
    )


def test_a_rotating_department_is_there_on_its_days_else_on_call(layout):
    assert resolve(layout, {"department": "women"}, MONDAY, PLAIN) == Seat(
        "women", "window", "w1", "women", "rotating"
    )
    assert resolve(layout, {"department": "women"}, FRIDAY_8, PLAIN) == Seat(
        "women", "window", "w1", "women", "rotating"
    )
    assert resolve(layout, {"department": "women"}, TUESDAY, PLAIN) == OnCall("women", "women_call", 2)


def test_nobody_there_means_one_level_up(layout):
    assert resolve(layout, {"department": "court"}, MONDAY, PLAIN) is None
    assert resolve(layout, {"department": "court"}, date(2026, 7, 7), PLAIN) is None, "the stay has ended"
    assert resolve(layout, {"department": "tax"}, MONDAY, PLAIN) is None
    assert resolve(layout, {"department": "justice"}, MONDAY, PLAIN, departments={"women"}) is None
    assert resolve(layout, {"window": "w9"}, MONDAY, PLAIN) is None
    assert resolve(layout, {"tier": "up"}, MONDAY, PLAIN) is None


def test_a_window_or_room_resolves_to_who_sits_there(layout):
    assert resolve(layout, {"room": "r2"}, MONDAY, PLAIN) == Seat(
        "justice", "room", "r2", "justice", "resident"
    )
    assert resolve(layout, {"window": "w1"}, MONDAY, PLAIN) == Seat(
        "women", "window", "w1", "women", "rotating"
    )
    assert resolve(layout, {"window": "w1"}, TUESDAY, PLAIN) == Seat(None, "window", "w1", None, "resident")
    assert resolve(layout, {"window": "w2"}, TUESDAY, PLAIN) == Seat(
        "court", "window", "w2", "court", "rotating"
    )
    assert resolve(layout, {"window": "w2"}, MONDAY, PLAIN) is None
    assert resolve(layout, {"room": "old"}, MONDAY, PLAIN) is None, "a hidden room is no place"
    assert resolve(layout, {"department": "police"}, MONDAY, PLAIN) == OnCall("police", "police", None)
