"""When a field has to be filled in: conditions and schemas say the same, whatever the data."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import jsonschema
import pytest

from portal.core import pointer as pointers
from portal.core.conditions import Env, evaluate, parse
from portal.core.designing.requiring import (
    ALWAYS,
    NEVER,
    OTHERWISE,
    SHOWN,
    WHERE,
    UnsayableError,
    condition_of,
    no_terms,
    require,
    required_of,
    schema_of,
)

ENV = Env(date(2026, 5, 6))
LEAVES: list[dict[str, Any]] = [
    {"field": "/kind", "op": "eq", "value": "a"},
    {"field": "/kind", "op": "ne", "value": "b"},
    {"field": "/kind", "op": "in", "value": ["a", "c"]},
    {"field": "/kind", "op": "not_in", "value": ["a", "c"]},
    {"field": "/count", "op": "gte", "value": 3},
    {"field": "/count", "op": "lt", "value": 3},
    {"field": "/agent/name", "op": "exists"},
    {"field": "/agent/name", "op": "eq", "value": "x"},
    {"field": "/needs", "op": "has", "value": "aid"},
    {"field": "/needs", "op": "has_any", "value": ["aid", "sign"]},
    {"field": "/sure", "op": "eq", "value": True},
    {"field": "/place", "op": "starts_with", "value": "5301"},
]


def condition(chance: random.Random, depth: int = 2) -> dict[str, Any]:
    if depth == 0 or chance.random() < 0.4:
        return chance.choice(LEAVES)
    kind = chance.choice(("all", "any", "none"))
    return {kind: [condition(chance, depth - 1) for _ in range(chance.randint(1, 3))]}


def data(chance: random.Random) -> dict[str, Any]:
    known = {
        "kind": chance.choice("abcd"),
        "count": chance.randint(1, 5),
        "agent": chance.choice([{"name": "x"}, {"name": "y"}, {"other": 1}]),
        "needs": chance.choice([["aid"], ["sign", "aid"], ["stairs"]]),
        "sure": chance.random() < 0.5,
        "place": chance.choice(["530112", "110101"]),
    }
    return {name: value for name, value in known.items() if chance.random() < 0.7}


def test_a_schema_is_met_where_its_condition_holds_and_nowhere_else() -> None:
    chance = random.Random(7)
    for _ in range(400):
        when = condition(chance)
        schema = schema_of(when)
        validator = jsonschema.Draft202012Validator(schema)
        compiled = parse(when)[0]
        assert compiled is not None
        for _ in range(20):
            matter = data(chance)
            assert validator.is_valid(matter) == evaluate(compiled, matter, ENV), (when, schema, matter)


def test_a_schema_read_back_says_what_was_written() -> None:
    chance = random.Random(11)
    for _ in range(300):
        when = condition(chance)
        read = condition_of(schema_of(when))
        assert read is not None, when
        compiled, again = parse(when)[0], parse(read)[0]
        assert compiled is not None
        assert again is not None
        for _ in range(20):
            matter = data(chance)
            same = evaluate(compiled, matter, ENV) == evaluate(again, matter, ENV)
            # How codes begin is read as what belongs to a term: without terms nothing does.
            assert same or "starts_with" in str(when), (when, read, matter)


@pytest.mark.parametrize(
    "when",
    [
        {"field": "/rows/*/name", "op": "exists"},
        {"field": "/day", "op": "within_days", "value": 3},
        {"field": "/amount", "op": "gt", "value": {"param": "limit"}},
        {"all": []},
        "always",
    ],
)
def test_what_no_schema_says_is_refused(when: Any) -> None:
    with pytest.raises(UnsayableError):
        schema_of(when)


def test_terms_are_told_by_how_their_codes_begin_or_one_by_one() -> None:
    under = {"field": "/type", "op": "under", "value": "D04"}
    assert schema_of(under)["properties"]["type"]["pattern"] == "^D04"
    below = {"D04": ("D04", "D0401", "tudi")}
    assert schema_of(under, below.get)["properties"]["type"]["enum"] == ["D04", "D0401", "tudi"]
    several = schema_of({**under, "value": ["D02", "D04"]})
    assert condition_of(several) == {**under, "value": ["D02", "D04"]}


def form(**schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"kind": {}, "area": {}, "note": {}}, **schema}


def made(schema: dict[str, Any], changes: list[Any]) -> Any:
    """Return a schema after changes, each with what has to stand there before."""
    return _applied({"forms": {"f": {"schema": schema}}}, changes)["forms"]["f"]["schema"]


def _applied(bundle: dict[str, Any], changes: list[Any]) -> Any:
    document: Any = bundle
    for change in changes:
        above, _, _last = change.path.rpartition("/")
        holder = pointers.get(document, above, None)
        if isinstance(holder, list):
            now = list(holder)
            if change.op == "add":
                now.append(change.after)
            else:
                at = now.index(change.before)
                now[at : at + 1] = [] if change.after is None else [change.after]
            document = pointers.put(document, above, now)
        elif change.after is None:
            document = pointers.without(document, change.path)
        else:
            assert pointers.get(document, change.path, None) == change.before
            document = pointers.put(document, change.path, change.after)
    return document


BASE = "/forms/f/schema"
LAND = {"field": "/kind", "op": "eq", "value": "land"}
OTHER = {"field": "/kind", "op": "eq", "value": "other"}


@pytest.mark.parametrize("start", [NEVER, ALWAYS, WHERE])
@pytest.mark.parametrize("end", [NEVER, ALWAYS, WHERE, SHOWN])
def test_each_way_of_asking_leads_to_each_other(start: str, end: str) -> None:
    schema = form()
    for mode in (start, end):
        when = LAND if mode == WHERE else OTHER if mode == SHOWN else None
        schema = made(
            schema, require(schema, BASE, "area", required_of(schema, "area"), mode, when, no_terms)
        )
    found = required_of(schema, "area", OTHER)
    assert found.mode == end
    assert found.when == (LAND if end == WHERE else OTHER if end == SHOWN else None)
    if end == NEVER:
        assert schema == form()


def test_an_entry_that_asks_for_several_fields_keeps_the_others() -> None:
    entry = {"if": schema_of(LAND), "then": {"required": ["area", "note"]}}
    schema = form(allOf=[entry])
    schema = made(schema, require(schema, BASE, "area", required_of(schema, "area"), NEVER, None, no_terms))
    assert required_of(schema, "area").mode == NEVER
    assert required_of(schema, "note").when == LAND


def test_what_no_condition_says_stays_as_it_is() -> None:
    entry = {"if": {"maxProperties": 2}, "then": {"required": ["area"]}}
    now = required_of(form(allOf=[entry]), "area")
    assert now.mode == OTHERWISE
