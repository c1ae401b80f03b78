"""Each operator: where it holds, and that it never holds on missing or wrongly typed values."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.conditions import DivisionCodes, Env, evaluate, explain, parse
from portal.core.conditions.operators import OPERATORS
from portal.core.taxonomy import Taxonomy

TODAY = date(2026, 3, 31)
TAXONOMY = Taxonomy.from_definition(
    {
        "terms": {
            "D06": {"title": "劳动"},
            "D0601": {"title": "欠薪", "parent": "D06"},
            "D01": {"title": "婚姻"},
        }
    }
)
ENV = Env(
    TODAY,
    parameters={"large": 100, "streets": ["甲", "乙"], "when": "2026-03-01"},
    lists={"short": ["甲"]},
    taxonomies={"dispute": TAXONOMY, "unit": DivisionCodes()},
)
NOT_NUMBERS = ["5", "", None, True, float("nan"), float("inf"), 2**62, "5\0", [5], {"a": 5}]


def holds(value: Any, op: str, *operand: Any, **more: Any) -> bool:
    raw = {"field": "/x", "op": op, **({"value": operand[0]} if operand else {}), **more}
    condition, problems = parse(raw)
    assert condition is not None, [problem.render() for problem in problems]
    facts = {} if value is ... else {"x": value}
    verdict = evaluate(condition, facts, ENV)
    assert explain(condition, facts, ENV).holds is verdict
    return verdict


@pytest.mark.parametrize(
    ("op", "operand", "yes", "no"),
    [
        ("eq", 5, [5, 5.0], [4, *NOT_NUMBERS]),
        ("eq", "5", ["5"], [5, "05", "5\0", ...]),
        ("eq", True, [True], [1, "true", False, None, ...]),
        ("ne", 5, [4, 5.1, -5], [5, 5.0, ..., *NOT_NUMBERS]),
        ("ne", "5", ["6", "5 "], ["5", 5, None, ...]),
        ("ne", True, [False], [True, 0, "false", None, ...]),
        ("lt", 5, [4, 4.99, -1], [5, 6, ..., *NOT_NUMBERS]),
        ("lte", 5, [5, 4], [5.01, ..., *NOT_NUMBERS]),
        ("gt", 5, [5.01, 6], [5, 4, ..., *NOT_NUMBERS]),
        ("gte", 5, [5, 6], [4.99, ..., *NOT_NUMBERS]),
        (
            "gte",
            "2026-03-01",
            ["2026-03-01", "2026-03-02T08:00:00+08:00"],
            ["2026-02-28", "2026-3-9", 20260302, ...],
        ),
        ("before", "2026-03-01", ["2026-02-28"], ["2026-03-01", "2026-02-30", "x", 5, None, ...]),
        ("after", {"today": -30}, ["2026-03-02"], ["2026-03-01", "", None, ...]),
        ("after", {"today": {"months": -1}}, ["2026-03-01"], ["2026-02-28", ...]),
        ("before", {"today": {"years": 1, "days": 1}}, ["2027-03-31"], ["2027-04-01", ...]),
        ("eq", {"today": 0}, ["2026-03-31"], ["2026-03-30", 0, ...]),
        ("in", [1, 2], [1, 2.0], ["1", 3, True, ..., None]),
        ("in", ["甲", "乙"], ["甲"], ["丙", 1, ..., ["甲"]]),
        ("not_in", ["甲"], ["乙"], ["甲", 1, "", ["乙"], None, ...]),
        ("not_in", [1, 2], [3, 1.5], [1, "3", True, ..., None]),
        ("has", "甲", [["甲"], ["乙", "甲"]], ["甲", [], ["乙"], None, ..., {"甲": 1}]),
        ("has", 1, [[1]], [[True], ["1"], 1]),
        ("has_any", ["甲", "乙"], [["乙"], ["丙", "甲"]], [["丙"], [], "甲", ...]),
        ("has_all", ["甲", "乙"], [["乙", "甲", "丙"]], [["甲"], [], "甲乙", ...]),
        ("under", "D06", ["D06", "D0601"], ["D01", "D99", "D060", 6, None, ...]),
        ("under", ["D01", "D06"], ["D01", "D0601"], ["D99", ...]),
        ("not_under", "D06", ["D01", "D99"], ["D06", "D0601", 6, None, ...]),
        ("under", "530112", ["530112", "530112003", "530112003001"], ["530115", "5301", "53011", ...]),
        ("under", "530100", ["530112003"], ["530000", "540100"]),
        ("contains", "欠薪", ["老板欠薪"], ["欠", 1, ["欠薪"], None, ...]),
        ("starts_with", "欠薪", ["欠薪三月"], ["老板欠薪", 1, None, ...]),
        ("within_days", 30, ["2026-03-31", "2026-03-01"], ["2026-02-28", "2026-04-01", 5, "x", ...]),
        ("older_than_days", 30, ["2026-02-28"], ["2026-03-01", "2026-04-01", None, ...]),
        ("gte", {"param": "large"}, [100], [99, "100", ...]),
        ("gte", {"param": "unknown"}, [], [100, ...]),
        ("in", {"param": "streets"}, ["甲"], ["丙", ...]),
        ("in", {"list": "short"}, ["甲"], ["乙", ...]),
        ("before", {"param": "when"}, ["2026-02-28"], ["2026-03-01", ...]),
    ],
)
def test_operator(op: str, operand: Any, yes: list[Any], no: list[Any]) -> None:
    for value in yes:
        assert holds(value, op, operand), (value, op, operand)
    for value in no:
        assert not holds(value, op, operand), (value, op, operand)


def test_presence() -> None:
    for value in (0, False, "x", [1], {"a": 1}):
        assert holds(value, "exists")
        assert not holds(value, "missing")
    for value in (..., None, "", [], {}):
        assert holds(value, "missing")
        assert not holds(value, "exists")


def test_every_operator_is_tested() -> None:
    tested = {mark.args[1][i][0] for mark in test_operator.pytestmark for i in range(len(mark.args[1]))}
    assert tested | {"exists", "missing"} == set(OPERATORS)


def test_a_named_taxonomy_alone_is_looked_at() -> None:
    assert holds("D0601", "under", "D06", taxonomy="dispute")
    assert not holds("D0601", "under", "D06", taxonomy="unit")
    assert not holds("D0601", "under", "D06", taxonomy="nothing")


VALUES: dict[str, list[Any]] = {
    "text": ["a", "b", "D06", "D0601", "D01"],
    "number": [4, 5, 5.5, 6],
    "boolean": [True, False],
    "date": ["2026-02-28", "2026-03-01", "2026-03-02"],
}


@pytest.mark.parametrize("name", [one.name for one in OPERATORS.values() if one.complement])
def test_of_an_operator_and_its_opposite_exactly_one_holds(name: str) -> None:
    operator = OPERATORS[name]
    opposite = OPERATORS[operator.complement]
    if operator.operand == "nothing":
        for value in ["a", 0, False, "", [], None, ...]:
            assert holds(value, name) is not holds(value, opposite.name)
        return
    for kind in operator.kinds & opposite.kinds & VALUES.keys():
        for given in VALUES[kind]:
            operand = [given] if operator.operand == "values" else given
            for value in VALUES[kind]:
                assert holds(value, name, operand) is not holds(value, opposite.name, operand), (value, given)


def test_names_of_sql_forms_and_samples_are_there_for_all_that_lists_and_rules_ask() -> None:
    for operator in OPERATORS.values():
        assert operator.samples is not None, operator.name
        assert bool(operator.sql) is ("list" not in operator.kinds or len(operator.kinds) > 1), operator.name
