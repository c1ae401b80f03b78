"""Groups, fields, traces, counting, limits, and the JSON Schema beside the parser."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from portal.core.conditions import CountQuery, Env, bind, describe, evaluate, explain, parse, pointers
from portal.core.conditions.operators import OPERATORS
from portal.core.packs import schemas

ENV = Env(date(2026, 5, 6))
SCHEMA = schemas.published("conditions")


def parsed(raw: Any, **options: Any) -> Any:
    condition, problems = parse(raw, **options)
    assert problems == []
    return condition


def atom(field: str, op: str = "exists", **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **more}


def test_groups() -> None:
    a, b = atom("/a"), atom("/b")
    facts = [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}]
    verdicts = {
        kind: [evaluate(parsed({kind: [a, b]}), f, ENV) for f in facts] for kind in ("all", "any", "none")
    }
    assert verdicts["all"] == [False, False, False, True]
    assert verdicts["any"] == [False, True, True, True]
    assert verdicts["none"] == [True, False, False, False]


def test_rows_are_collected_and_bound() -> None:
    condition = parsed(atom("/parties/*/role", "has", value="minor"))
    facts = {"parties": [{"role": "adult"}, {"role": "minor"}, {}]}
    assert evaluate(condition, facts, ENV)
    one = parsed({"all": [atom("/parties/*/role", "eq", value="minor"), atom("/parties/0/role")]})
    assert evaluate(bind(one, "/parties/1"), facts, ENV)
    assert not evaluate(bind(one, "/parties/0"), facts, ENV)
    assert pointers(bind(one, "/parties/1")) == {"/parties/1/role", "/parties/0/role"}


def test_fields_that_lead_nowhere_are_missing() -> None:
    for field in ("/a/b/c", "/a/0", "/rows/99", "/rows/x", "/rows/-1", "/rows/*/x/y", "/", "plain"):
        assert evaluate(parsed(atom(field, "missing")), {"a": "text", "rows": [1]}, ENV), field


def test_escaped_pointer() -> None:
    assert evaluate(parsed(atom("/a~1b/~0", "eq", value=1)), {"a/b": {"~": 1}}, ENV)


def test_the_trace_names_what_failed() -> None:
    raw = {"all": [atom("/a", "gte", value=5), {"none": [atom("/b")]}, {"any": [atom("/c"), atom("/d")]}]}
    trace = explain(parsed(raw), {"a": "5", "b": 1}, ENV)
    assert not trace.holds
    assert [(t.field, t.holds, t.note) for t in trace.failed()] == [
        ("/a", False, "wrong_type"),
        ("/b", True, ""),
        ("/c", False, ""),
        ("/d", False, ""),
    ]
    assert explain(parsed(raw), {"a": 5, "d": 1}, ENV).failed() == []
    line = trace.to_json()["members"][0]
    assert line == {
        "field": "/a",
        "op": "gte",
        "holds": False,
        "actual": "5",
        "expected": 5,
        "note": "wrong_type",
        "pointer": "/all/0",
    }


def test_a_trace_reads_as_a_sentence() -> None:
    trace = explain(parsed(atom("/amount", "gte", value=5)), {"amount": 3}, ENV)
    assert describe(trace, labels={"/amount": "Amount"}) == "Amount is at least 5 (found 3)"
    assert describe(explain(parsed(atom("/amount")), {}, ENV)) == "/amount is given"


def test_counts_come_from_outside() -> None:
    asked: list[CountQuery] = []

    def counts(query: CountQuery, facts: Any) -> int:
        asked.append(query)
        return int(facts["seen"])

    query = {"entity": "case", "match": {"/place": "/place"}, "within_days": 90, "where": atom("/open")}
    condition = parsed({"count": query, "op": "gte", "value": 3})
    env = Env(ENV.today, counts=counts)
    assert evaluate(condition, {"seen": 3}, env)
    assert not evaluate(condition, {"seen": 2}, env)
    assert not evaluate(condition, {"seen": 3}, ENV), "nobody to ask"
    assert (asked[0].entity, asked[0].within_days, asked[0].match) == ("case", 90, {"/place": "/place"})
    assert pointers(condition) == {"/place"}


def test_all_problems_at_once_with_their_places() -> None:
    raw = {
        "all": [atom("/no"), atom("/n", "matches", value="a"), {"any": []}, atom("/n", "gt", value="5"), 7]
    }
    condition, problems = parse(raw, fields={"/n": "integer"}, file="f.json", pointer="/when")
    assert condition is None
    assert [(p.code.split(".")[1], p.pointer, p.file) for p in problems] == [
        ("unknown_field", "/when/all/0/field", "f.json"),
        ("unknown_operator", "/when/all/1/op", "f.json"),
        ("group_size", "/when/all/2/any", "f.json"),
        ("literal_type", "/when/all/3/value", "f.json"),
        ("not_object", "/when/all/4", "f.json"),
    ]


def test_eight_levels_and_no_more() -> None:
    raw: Any = atom("/a")
    for _ in range(8):
        raw = {"all": [raw]}
    assert parse(raw)[1] == []
    assert parse({"none": [raw]})[1][0].code == "condition.too_deep"


def test_the_schema_is_a_schema_and_lists_the_operators() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["comparison"]["properties"]["op"]["enum"]) == set(OPERATORS)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-2, 2),
    st.sampled_from(["", "a", "2026-05-04", "/x"]),
)
operands = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.fixed_dictionaries({}, optional={"param": scalars, "today": scalars, "list": scalars}),
)
comparisons = st.fixed_dictionaries(
    {},
    optional={
        "field": st.one_of(st.sampled_from(["/x", "/rows/*/y", ""]), scalars),
        "op": st.one_of(st.sampled_from(sorted(OPERATORS)), scalars),
        "value": operands,
        "taxonomy": scalars,
        "more": scalars,
    },
)
conditions = st.recursive(
    st.one_of(comparisons, scalars),
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "none"]), st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(conditions, st.dictionaries(st.sampled_from(["x", "rows"]), operands))
def test_parse_refuses_or_the_condition_can_be_used(raw: Any, facts: dict[str, Any]) -> None:
    condition, problems = parse(raw)
    assert (condition is None) == bool(problems)
    if condition is not None:
        assert list(Draft202012Validator(SCHEMA).iter_errors(raw)) == []
        trace = explain(condition, facts, ENV)
        assert evaluate(condition, facts, ENV) is trace.holds
        assert trace.holds == (not trace.failed())
        json.dumps(trace.to_json())


@pytest.mark.parametrize("junk", [None, 5, "x", [], ["a"], {"all": {}}, {"all": None}, {1: 2}, float("nan")])
def test_junk_is_refused(junk: Any) -> None:
    condition, problems = parse(junk)
    assert condition is None
    assert problems
