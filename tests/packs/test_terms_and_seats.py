"""Terms that conditions compare with stand in their list; places belong to departments that are there."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.packs import check
from tests.packs.test_wrong_packs import PACK, UNCHANGED, ZH, Library, files_with

RULES = "rule_sets/county/chenggong/referral.json"
LAYOUT = "seed/county/chenggong/layout.json"
CASE = "form_definitions/county/chenggong/case.json"


def texts(mistakes: dict[str, Any], severity: str = "error") -> list[str]:
    found = check(Library(files_with(mistakes)), [PACK], UNCHANGED)
    return [
        f"{one.pointer} {one.text(ZH)}（{one.remedy_text(ZH)}）" for one in found if one.severity == severity
    ]


def rule(when: dict[str, Any], **more: Any) -> dict[str, Any]:
    then = [{"do": "refer", "route": "R01", "to": {"department": "housing"}}]
    body = {"title": "试", "priority": 300, "when": when, "basis": "试", "reason": "试", "then": then}
    return {RULES: {"rules": {"of_test": body}, **more}}


@pytest.mark.parametrize(
    ("op", "value"), [("eq", "D98"), ("in", ["D01", "D98"]), ("under", "D98"), ("under", ["D03", "D98"])]
)
def test_a_rule_names_a_term_that_there_is(op: str, value: Any) -> None:
    found = texts(rule({"field": "dispute_type", "op": op, "value": value}))
    assert [one for one in found if "没有代码“D98”（是否应为：D99 其他" in one] == found != []


def test_the_title_in_the_place_of_the_code_is_told_with_the_code() -> None:
    found = texts(rule({"field": "dispute_type", "op": "under", "value": "房屋物业纠纷"}))
    titles = [one for one in found if "没有代码“房屋物业纠纷”" in one]
    assert len(titles) == 1


def test_an_input_that_does_not_name_its_list_is_compared_with_terms_all_the_same() -> None:
    inputs = {"kind_of_case": {"title": "类型", "type": "string", "from": "/dispute_type"}}
    good = rule({"field": "kind_of_case", "op": "eq", "value": "D99"}, inputs=inputs)
    wrong = rule({"field": "kind_of_case", "op": "eq", "value": "D98"}, inputs=inputs)
    assert texts(good) == []
    assert [one for one in texts(wrong) if "没有 D98（是否应为 D99" in one] == texts(wrong) != []


def test_an_example_names_a_term_that_there_is() -> None:
    example = {"title": "例", "facts": {"dispute_type": "D98"}, "expect": {}}
    assert any("/facts/dispute_type" in one for one in texts({RULES: {"examples": [example]}}))


def test_what_shows_a_field_and_what_guards_a_step_name_terms_that_there_are() -> None:
    when = {"field": "/dispute_type", "op": "under", "value": "D98"}
    shown = texts({CASE: {"ui": {"fields": {"/amount": {"when": when}}}}})
    assert any("没有 D98（是否应为 D99" in one for one in shown), shown
    guard = {"field": "/data/dispute_type", "op": "in", "value": ["D98"]}
    step = {
        "title": "试",
        "from": ["intake"],
        "to": "assign",
        "roles": ["clerk"],
        "order": 900,
        "when": guard,
    }
    path = "seed/county/chenggong/lifecycles/case.json"
    assert any(
        "/when/value/0" in one and "没有 D98" in one for one in texts({path: {"transitions": {"t": step}}})
    )


def test_a_worklist_asks_for_a_term_that_there_is() -> None:
    path = "seed/county/chenggong/worklists/houses.json"
    listed = {
        "title": "房屋",
        "entity": "case",
        "of": "record",
        "roles": ["clerk"],
        "where": {"field": "/data/dispute_type", "op": "under", "value": "D98"},
        "order": 900,
        "columns": ["/record/number"],
    }
    assert any("/where/value" in one and "没有 D98" in one for one in texts({path: listed}))


WARNINGS = [
    (
        {
            "rooms": {
                "r9": {
                    "title": "心理室",
                    "zone": "resolution",
                    "kind": "counselling",
                    "department": "forestry",
                }
            }
        },
        {},
        "功能室“心理室”属于",
    ),
    (
        {"windows": {"w15": {"title": "妇联窗口", "zone": "intake", "number": 15, "department": "women"}}},
        {"stationing": {"women": {"mode": "on_call", "place": None, "roster": None, "answer_hours": 2}}},
        "而它是随叫随到：窗口没有人坐",
    ),
    (
        {"windows": {"w15": {"title": "住建窗口", "zone": "intake", "number": 15}}},
        {},
        "有两个窗口都叫“住建窗口”",
    ),
]


@pytest.mark.parametrize(("place", "stay", "says"), WARNINGS, ids=["not stationed", "on call", "one title"])
def test_a_place_where_nobody_is_gets_a_warning(
    place: dict[str, Any], stay: dict[str, Any], says: str
) -> None:
    assert [one for one in texts({}, "warning") if says in one] == []
    found = texts({LAYOUT: {**place, **stay}}, "warning")
    assert len([one for one in found if says in one]) == 1, found
