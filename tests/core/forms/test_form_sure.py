"""What is told at once to be valid is what jsonschema accepts, for every schema and all data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.forms.document import NEWEST
from portal.core.forms.formats import format_checker
from portal.core.forms.sure import sure

FORMATS = format_checker(NEWEST)
NAMES = st.sampled_from(["a", "b", "c"])
SCALARS: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 1.0, 1.5, -2.0, float("inf")]),
    st.sampled_from(["", "a", "ab", "D06", "2026-05-06", "2026-02-30", "13900001234", "x y"]),
)
DATA: Any = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)
TYPES = st.sampled_from(["string", "number", "integer", "boolean", "null", "array", "object"])


def _keywords(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=3)
    limits = st.integers(0, 3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
            "const": DATA,
            "enum": st.lists(DATA, min_size=1, max_size=3),
            "oneOf": st.one_of(
                several, st.lists(st.fixed_dictionaries({"const": SCALARS}), min_size=1, max_size=4)
            ),
            "anyOf": several,
            "allOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "additionalProperties": inner,
            "items": inner,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
            "uniqueItems": st.booleans(),
            "minItems": limits,
            "maxItems": limits,
            "minLength": limits,
            "maxLength": limits,
            "minProperties": limits,
            "maxProperties": limits,
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "exclusiveMinimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "pattern": st.sampled_from(["^D06", "a", "^$"]),
            "format": st.sampled_from(["date", "cn-phone", "unit-code", "email", "unknown"]),
            "title": st.just("a title"),
        },
    )


SCHEMAS: Any = st.recursive(st.one_of(st.booleans(), _keywords(st.booleans())), _keywords, max_leaves=6)


@settings(max_examples=1_500, deadline=None)
@given(SCHEMAS, DATA)
def test_it_agrees_with_jsonschema(schema: Any, data: Any) -> None:
    check = sure(schema, NEWEST.VALIDATORS, FORMATS)
    assert check is not None
    accepted = NEWEST(schema, format_checker=FORMATS).is_valid(data)
    assert check(data) is accepted


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/one", "$defs": {"one": {"type": "string"}}},
        {"properties": {"a": {"contains": {"const": 1}}}},
        {"patternProperties": {"^a": False}},
        {"patternProperties": {"^a": True}, "additionalProperties": False},
        {"prefixItems": [True], "items": False},
        {"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}},
        {"unevaluatedProperties": False},
        {"multipleOf": 0.1},
    ],
)
def test_unusual_keywords_are_left_to_jsonschema(schema: Any) -> None:
    assert sure(schema, NEWEST.VALIDATORS, FORMATS) is None


def test_values_that_are_not_plain_json_are_left_to_jsonschema() -> None:
    class Word(str):
        pass

    check = sure({"not": {"type": "integer"}}, NEWEST.VALIDATORS, FORMATS)
    assert check is not None
    assert check("word")
    assert not check(Word("word"))
