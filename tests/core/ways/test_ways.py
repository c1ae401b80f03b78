"""The ways of writing: each example of the table, and reading twice is reading once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.conditions import Env, evaluate, parse
from portal.core.errors import InvalidInput, require_reason
from portal.core.forms import compile_form, parse_body, validate
from portal.core.forms.entering import entered
from portal.core.values import is_missing
from portal.core.ways import WAYS, Refused, is_blank
from portal.core.ways.identity import fault_of_credit_code, fault_of_resident
from portal.core.ways.plausible import Range, is_bound
from tests.fixtures import database

TODAY = dt.date(2026, 5, 6)
FEW = settings(deadline=None, max_examples=80)
EXAMPLES = [(way.name, pasted, kept) for way in WAYS.values() for pasted, kept in way.examples]
PASTED = json.loads((Path(database.__file__).parent / "pasted.json").read_text(encoding="utf-8"))
SIGNS = st.sampled_from(
    "0123456789０１２３４５６７８９Xxｘ+-－.,，、/ \u3000\u00a0\u200b\u200d\u202d\ufeff\t\n()（）年月日号元万亿¥￥"
    "张三李·•eE转:'e\u0301\u2f08\ufb01"
)
TEXTS = st.one_of(
    st.text(SIGNS, max_size=24), st.text(max_size=24), st.sampled_from([one["pasted"] for one in PASTED])
)
NUMBERS = st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize(("name", "pasted", "kept"), EXAMPLES)
def test_each_example_of_the_table_is_as_it_says(name: str, pasted: str, kept: str) -> None:
    found = WAYS[name].read(pasted)
    assert isinstance(found, Refused) if not kept else str(found) == kept


@pytest.mark.parametrize("name", list(WAYS))
@FEW
@given(value=st.one_of(TEXTS, NUMBERS, st.booleans(), st.none()))
def test_reading_what_is_stored_gives_it_back(name: str, value: Any) -> None:
    found = WAYS[name].read(value)
    if not isinstance(found, Refused):
        again = WAYS[name].read(found)
        assert (again, type(again)) == (found, type(found))


@FEW
@given(TEXTS)
def test_a_stored_text_has_nothing_invisible_at_its_ends_and_shows_something(value: str) -> None:
    for name in ("text", "name"):
        found = WAYS[name].read(value)
        assert found == found.strip()
        assert found == "" or not is_blank(found)
        assert not set(found) & set("\u200b\ufeff\u202d\u00a0")


FORM = compile_form(
    {
        "schema": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "phone": {"type": "string", "format": "cn-phone"},
                "amount": {"type": "number", "minimum": 0},
                "on": {"type": "string", "format": "date"},
                "notes": {"type": "array", "items": {"type": "string"}},
                "people": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"name": {"type": "string"}}},
                },
            },
        },
        "ui": {
            "fields": {
                "/name": {"mask": "name", "sensitivity": "personal"},
                "/people/*/name": {"mask": "name", "sensitivity": "personal"},
                "/amount": {"widget": "money"},
                "/on": {"not_before": "2020-01-01", "not_after": "today"},
            }
        },
    }
)
WORDS = st.one_of(TEXTS, st.just(""))
DATA = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "phone": WORDS,
        "amount": st.one_of(NUMBERS, WORDS),
        "on": WORDS,
        "notes": st.lists(WORDS, max_size=3),
        "people": st.lists(st.fixed_dictionaries({"name": WORDS}), max_size=3),
    },
)


@FEW
@given(DATA)
def test_data_read_twice_are_as_read_once(data: dict[str, Any]) -> None:
    once = entered(FORM, data, TODAY)
    assert entered(FORM, once.data, TODAY) == once


@FEW
@given(DATA)
def test_what_a_record_holds_already_stays_and_is_refused_by_none_of_the_ways(data: dict[str, Any]) -> None:
    again = entered(FORM, data, TODAY, stored=data)
    assert again.data == data
    assert not again.errors


def test_an_unrelated_edit_leaves_older_values_alone_and_a_changed_one_is_read() -> None:
    older = {"name": " 张 三 ", "phone": "138 0000 1234", "people": [{"name": "甲 乙"}, {"name": "丙"}]}
    edited = older | {"amount": "3万", "people": [{"name": "丙"}, {"name": "甲 乙"}, {"name": "丁 戊"}]}
    found = entered(FORM, edited, TODAY, stored=older)
    assert not found.errors
    assert found.data == older | {
        "amount": 30000,
        "people": [{"name": "丙"}, {"name": "甲 乙"}, {"name": "丁戊"}],
    }
    pairs = [("/name", " 张 三 "), ("/phone", "138 0000 1234"), ("/amount", "3万")]
    assert parse_body(FORM, pairs, {"name": " 张 三 ", "phone": "138 0000 1234"}).data == {
        "name": " 张 三 ",
        "phone": "138 0000 1234",
        "amount": 30000,
    }


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u200b", "\ufeff\u00a0", "\u2800", "\u3164", "\u200d"])
def test_what_shows_nothing_is_nothing(blank: str) -> None:
    assert is_missing(blank)
    found = entered(FORM, {"name": blank, "notes": [blank, "a"], "people": [{"name": blank}]}, TODAY)
    assert found.data == {"notes": ["a"], "people": [{}]}
    assert [error.pointer for error in validate(FORM, found.data)] == ["/name"]
    condition, problems = parse({"field": "/name", "op": "exists"})
    assert condition is not None, problems
    assert not evaluate(condition, {"name": blank}, Env(TODAY))


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-05-06", None),
        ("2026-05-07", "range"),
        ("2019-12-31", "range"),
        ("0202-05-04", "range"),
        ("2020-01-01", None),
    ],
)
def test_a_field_holds_the_days_that_its_form_allows(day: str, code: str | None) -> None:
    found = entered(FORM, {"name": "a", "on": day}, TODAY)
    assert [error.code for error in found.errors] == ([code] if code else [])
    sent = parse_body(FORM, [("/name", "a"), ("/on", day)], env=Env(TODAY))
    assert [error.code for error in sent.errors] == ([code] if code else [])


def test_a_day_without_a_range_lies_between_1900_and_fifty_years_ahead() -> None:
    form = compile_form(
        {"schema": {"type": "object", "properties": {"d": {"type": "string", "format": "date"}}}}
    )
    days = {"1899-12-31": 1, "1900-01-01": 0, "2076-12-31": 0, "2077-01-01": 1, "9999-12-31": 1}
    assert {day: len(entered(form, {"d": day}, TODAY).errors) for day in days} == days


def test_a_reason_stands_alone_beside_its_field() -> None:
    sent = parse_body(FORM, [("/name", "a"), ("/phone", "1380000123"), ("/amount", "1,5")])
    assert {(error.pointer, error.code) for error in sent.errors} == {
        ("/phone", "phone"),
        ("/amount", "number"),
    }
    assert sent.data == {"name": "a", "phone": "1380000123", "amount": "1,5"}, (
        "what was typed is there to be mended"
    )


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        (0.1 + 0.2, 0.3),
        (1e-300, None),
        (0.001, None),
        (99999999999.99, 99999999999.99),
        (5.0, 5),
        (0.0, 0),
        (19.99, 19.99),
    ],
)
def test_of_an_amount_only_what_computing_left_behind_goes(amount: float, kept: float | None) -> None:
    found = WAYS["money"].read(amount)
    assert isinstance(found, Refused) if kept is None else (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    "blank", [" ", "\u200b", "\u3000\ufeff", "..", "。。……", "——", "？！", "\u3164.", "😀"]
)
def test_a_reason_that_shows_nothing_is_none(blank: str) -> None:
    with pytest.raises(InvalidInput):
        require_reason(blank)


@pytest.mark.parametrize("said", ["x", "无", "3", "…已由当事人撤回"])
def test_a_reason_holds_a_letter_a_digit_or_a_sign_of_a_script(said: str) -> None:
    require_reason(said)


KINDS_OF_ANSWER = {
    "type": "object",
    "properties": {"kind": {"enum": ["day", "words", "number"]}, "note": {"type": "string"}},
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": "day"}}, "required": ["kind"]},
            "then": {
                "properties": {"answer": {"type": "string", "format": "date"}, "note": {"format": "date"}}
            },
        },
        {
            "if": {"properties": {"kind": {"const": "words"}}, "required": ["kind"]},
            "then": {"properties": {"answer": {"type": "string"}}},
        },
        {
            "if": {"properties": {"kind": {"const": "number"}}, "required": ["kind"]},
            "then": {"properties": {"answer": {"type": "number"}}},
        },
    ],
}


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "words", "answer": "2026年5月4日", "note": "昨天"},
        {"kind": "words", "answer": "1,5"},
        {"kind": "number", "answer": 1.234},
        {"kind": "day", "answer": "2026-05-04", "note": "2026-05-04"},
        {"note": "1月"},
    ],
)
def test_a_field_whose_kind_follows_from_another_answer_is_never_read_as_the_other_kind(
    data: dict[str, Any],
) -> None:
    form = compile_form({"schema": KINDS_OF_ANSWER})
    found = entered(form, data, TODAY)
    assert found.data == data
    assert not found.errors
    assert not validate(form, found.data)
    sent = parse_body(form, [(f"/{name}", str(value)) for name, value in data.items()], env=Env(TODAY))
    assert sent.data == data
    assert not sent.errors


def test_check_digits_of_every_place_are_looked_at() -> None:
    right = "11010519491231002X"
    assert fault_of_resident(right) is None
    for place in range(17):
        wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        assert fault_of_resident(wrong) is not None
    code = "91530100MA6K12345" + "Y"
    faults = [fault_of_credit_code(code[:-1] + sign) for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY"]
    assert sum(fault is None for fault in faults) == 1


@pytest.mark.parametrize(
    ("bound", "day", "refused"),
    [
        ("today+366", "2027-05-07", False),
        ("today+366", "2027-05-08", True),
        ("today+366", "2056-05-06", True),
        ("today", "2026-05-07", True),
        ("today+0", "2026-05-06", False),
    ],
)
def test_a_day_lies_no_further_ahead_than_its_form_says(bound: str, day: str, refused: bool) -> None:
    assert is_bound(bound)
    assert (Range(not_after=bound).refusal(day, dt.date(2026, 5, 6)) is not None) is refused


@pytest.mark.parametrize("text", ["today+", "today-3", "today+3x", "today+99999", "tomorrow", "today+١"])
def test_what_is_no_bound_is_none(text: str) -> None:
    assert not is_bound(text)
