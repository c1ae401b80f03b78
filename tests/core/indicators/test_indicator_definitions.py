"""Definitions of indicators: all that is wrong is told at once, and published figures are worked out again."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from portal.core.conditions import FieldType
from portal.core.errors import DefinitionError
from portal.core.indicators import Period, check_indicator, compile_indicator, indicators, worked
from portal.core.packs.schemas import check_complete

COLUMNS = {
    "/data/outcome": FieldType("string"),
    "/data/agreement_on": FieldType("date"),
    "/data/needs": FieldType("strings"),
    "/steps/revisit": FieldType("boolean"),
}
RATE: dict[str, Any] = {
    "title": "成功率",
    "definition": "办结的里面，达成协议的。",
    "source": "惯例",
    "of": "record",
    "entity": "case",
    "shows": "rate",
    "cohort": "concluded",
    "denominator": {"field": "/data/outcome", "op": "exists"},
    "numerator": {"field": "/data/outcome", "op": "eq", "value": "agreed"},
    "breakdowns": ["unit", "class"],
    "better": "high",
    "pairs": ["consent"],
}
GONE = object()


def changed(**members: Any) -> dict[str, Any]:
    return {key: value for key, value in {**copy.deepcopy(RATE), **members}.items() if value is not GONE}


def test_a_sound_one_has_no_problem_and_compiles():
    assert check_complete("indicator", RATE) == []
    assert check_indicator(RATE, COLUMNS) == []
    found = compile_indicator("success", RATE)
    assert (found.of.name, found.is_rate, found.places, found.short) == ("record", True, 1, "成功率")


@pytest.mark.parametrize(
    ("members", "code", "place"),
    [
        (
            {"numerator": {"field": "/data/outcom", "op": "exists"}},
            "condition.unknown_field",
            "/numerator/field",
        ),
        (
            {"numerator": {"field": "/data/needs", "op": "has", "value": "x"}},
            "indicator.sql",
            "/numerator/op",
        ),
        (
            {"denominator": {"field": "/record/due_on", "op": "before", "value": {"today": 0}}},
            "indicator.today",
            "/denominator/value",
        ),
        (
            {"numerator": {"count": {"entity": "case"}, "op": "gt", "value": 1}},
            "condition.count_here",
            "/numerator/count",
        ),
        (
            {"numerator": {"field": "/data/agreement_on", "op": "before", "value": "2026-01-01"}},
            "indicator.sql",
            "/numerator/op",
        ),
        ({"cohort": "due"}, "indicator.cohort", "/cohort"),
        ({"cohort": "dated"}, "indicator.day", "/cohort"),
        ({"cohort": "dated", "day": "/data/outcome"}, "indicator.day", "/day"),
        ({"day": "/data/agreement_on"}, "indicator.day", "/day"),
        ({"entity": GONE}, "indicator.entity", ""),
        ({"numerator": GONE}, "indicator.numerator", ""),
        ({"shows": "count", "better": GONE}, "indicator.numerator", "/numerator"),
        ({"shows": "count", "numerator": GONE, "better": "low"}, "indicator.target", "/better"),
        ({"shows": "median", "numerator": GONE, "cohort": "accepted"}, "indicator.median", "/shows"),
        ({"shows": "parts", "numerator": GONE, "better": GONE}, "indicator.by", "/shows"),
        ({"by": "route"}, "indicator.by", "/by"),
        ({"pairs": GONE}, "indicator.pairs", "/better"),
        ({"of": "referral", "breakdowns": ["unit", "class"]}, "indicator.breakdown", "/breakdowns/1"),
        ({"of": "unit", "cohort": "cut_off"}, "indicator.entity", "/entity"),
    ],
)
def test_a_wrong_one_is_told_with_its_place(members, code, place):
    found = check_indicator(changed(**members), COLUMNS, file="f")
    assert (code, place, "f") in {(one.code, one.pointer, one.file) for one in found}, found


def test_all_problems_are_told_at_once():
    wrong = changed(cohort="due", by="route", breakdowns=["unit"], numerator={"field": "/x", "op": "exists"})
    codes = {one.code for one in check_indicator(wrong, COLUMNS)}
    assert {"condition.unknown_field", "indicator.cohort", "indicator.by"} <= codes


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("of", "person"),
        ("shows", "score"),
        ("cohort", "yesterday"),
        ("round", 3),
        ("better", "more"),
        ("rank", 1),
    ],
)
def test_the_schema_knows_the_tables(member, value):
    assert check_complete("indicator", changed(**{member: value})) != []


UXIN = {"shows": "rate", "title": "乌审旗", "counted": 3762, "base": 4582, "claim": "85.34", "holds": False}
JINNING = {"shows": "rate", "title": "晋宁区", "counted": 1670, "base": 1805, "claim": "92.5"}
XISHAN = {
    "shows": "parts",
    "title": "西山区",
    "whole": 47,
    "parts": {
        name: {"title": name, "number": number}
        for name, number in {"a": 26, "b": 3, "c": 2, "d": 1, "e": 1, "f": 9}.items()
    },
    "undetermined": 5,
}
GUANDU = {
    "shows": "change",
    "title": "官渡区",
    "claim": "81.4",
    "change": "48",
    "holds": False,
    "before": {"points": "33.4", "per_cent": "55.0"},
}


def test_published_figures_are_worked_out():
    assert (refused := worked("uxin", UXIN).refused) is not None
    assert refused.params["real"] == "82.10"
    assert worked("jinning", JINNING).refused is None
    xishan = worked("xishan", XISHAN).whole
    assert xishan is not None
    assert xishan.undetermined == 5
    guandu = worked("guandu", GUANDU)
    assert guandu.before == {"points": Decimal("33.4"), "per_cent": Decimal("55.0")}
    assert guandu.refused is not None
    assert "33.4" in guandu.refused.text()
    assert worked("guandu", {**GUANDU, "unit": "points"}).refused is None


@pytest.mark.parametrize(
    ("example", "place"),
    [
        ({**UXIN, "holds": True}, "/holds"),
        ({**JINNING, "claim": "92.6"}, "/holds"),
        ({**JINNING, "holds": False}, "/holds"),
        ({**JINNING, "base": 1600}, ""),
        ({**XISHAN, "undetermined": 4}, "/undetermined"),
        ({**XISHAN, "whole": 40, "undetermined": 0}, ""),
        ({**GUANDU, "before": {"points": "33.5"}}, "/before/points"),
        ({**GUANDU, "holds": True}, "/holds"),
    ],
)
def test_an_example_that_does_not_come_out_is_told(example, place):
    found = check_indicator(changed(examples={"one": example}), COLUMNS)
    assert [one.pointer for one in found] == [f"/examples/one{place}"]


@pytest.mark.parametrize("example", [UXIN, JINNING, XISHAN, GUANDU])
def test_an_example_that_comes_out_is_sound(example):
    definition = changed(examples={"one": example})
    assert check_complete("indicator", definition) == []
    assert check_indicator(definition, COLUMNS) == []
    assert compile_indicator("x", definition).examples[0].shows == example["shows"]


def test_they_stand_in_their_order_and_broken_ones_are_refused():
    found = indicators({"b": {**RATE, "position": 1}, "a": {**RATE, "position": 2}, "c": RATE})
    assert list(found) == ["c", "b", "a"]
    with pytest.raises(DefinitionError):
        compile_indicator("x", changed(numerator={"op": "eq"}))


def test_periods_are_whole_months():
    month = Period.of(dt.date(2026, 1, 31))
    assert (month.first, month.after, month.keys) == (dt.date(2026, 1, 1), dt.date(2026, 2, 1), (202601,))
    assert month.before == Period(2025, 12)
    assert month.year_before == Period(2025, 1)
    quarter = Period.of(dt.date(2026, 11, 5), "quarter")
    assert quarter.keys == (202610, 202611, 202612)
    assert quarter.before.first == dt.date(2026, 7, 1)
    assert Period.of(dt.date(2026, 11, 5), "year").after == dt.date(2027, 1, 1)
