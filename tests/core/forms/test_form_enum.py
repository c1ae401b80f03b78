"""Options are told at once however many there are, with the verdict of jsonschema; too many values are refused."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from jsonschema import _keywords
from jsonschema._utils import equal

from portal.core.forms import compile_form, is_valid, options, parse_body, validate
from portal.core.forms.values import largest

SAMPLES: list[Any] = [0, 0.0, 1, 1.0, 1.5, "1", "", "true", True, False, None, [1], [1.0, "a"], [True, "a"]]
SAMPLES += [{}, {"k": [1]}, {"k": [2]}, {"k": [True]}]


@pytest.mark.parametrize(
    "values",
    [[1, "1", True, None], [0, [1, "a"], {"k": [1]}], [False, 2], [[], {}, ""], [1.0], [1.5, [1]], ["true"]],
)
def test_an_enum_says_what_jsonschema_says(values: list[Any]) -> None:
    seen = set()
    for schema in ({"enum": values}, {"not": {"enum": values}}, {"anyOf": [{"enum": values}, False]}):
        stock = jsonschema.Draft202012Validator(schema)
        form = compile_form({"schema": {"properties": {"a": schema}}})
        for value in SAMPLES:
            verdict = stock.is_valid(value)
            assert is_valid(form, {"a": value}) is verdict, (schema, value)
            assert (validate(form, {"a": value}) == []) is verdict, (schema, value)
            seen.add(verdict)
    assert seen == {True, False}


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("kind", [str, int])
def test_of_5000_ticked_options_none_is_compared_with_each(
    monkeypatch: pytest.MonkeyPatch, kind: type, wrong: bool
) -> None:
    compared = []

    def counted(one: Any, two: Any) -> bool:
        compared.append(one)
        return equal(one, two)

    monkeypatch.setattr(options, "equal", counted)
    monkeypatch.setattr(_keywords, "equal", counted)
    values = [kind(number) for number in range(5_000)]
    items = {"type": "array", "items": {"enum": values}, "uniqueItems": True}
    form = compile_form({"schema": {"type": "object", "properties": {"p": items}}})
    pairs = [("/p", f"{value}7777" if wrong else str(value)) for value in values]
    parsed = parse_body(form, pairs)
    assert len(parsed.data["p"]) == 5_000
    assert bool(parsed.errors) is wrong
    assert compared == []


def test_the_largest_part_of_data_is_told() -> None:
    long = {"a": 1, "p": {"rows": [{"x": [1] * 50, "y": 2}, {"x": [1] * 60}]}}
    assert largest(long) == "/p/rows/1/x"
    assert largest({"rows": [{"x": 1}] * 100}) == "/rows"
    assert largest({}) == ""
