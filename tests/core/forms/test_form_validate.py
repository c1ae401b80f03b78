"""Errors in words, at the field; formats; the verdict is jsonschema's."""

from __future__ import annotations

import pytest

from portal.core.forms import FieldError, compile_form, is_valid, list_fields, validate
from portal.core.forms.formats import is_datetime, is_id_number, is_phone, is_time, is_uri


def errors(schema, data) -> list[tuple[str, str]]:
    form = compile_form({"schema": schema})
    found = validate(form, data)
    assert bool(found) is not is_valid(form, data)
    return [(error.pointer, error.code) for error in found]


def test_each_error_names_its_field():
    schema = {
        "type": "object",
        "required": ["name", "rows"],
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer", "minimum": 18},
            "kind": {"enum": ["a"]},
            "rows": {
                "type": "array",
                "minItems": 2,
                "items": {"required": ["x"], "properties": {"x": {"pattern": "^a$"}}},
            },
        },
        "additionalProperties": False,
        "dependentRequired": {"kind": ["age"]},
    }
    assert errors(schema, {"kind": "b", "rows": [{}, {"x": "z"}], "zz": 1, "a/b": 2}) == [
        ("/name", "required"),
        ("/kind", "enum"),
        ("/rows/0/x", "required"),
        ("/rows/1/x", "pattern"),
        ("/zz", "unexpected"),
        ("/a~1b", "unexpected"),
        ("/age", "required"),
    ]
    assert errors(schema, {"name": 5, "age": 17, "rows": [{"x": "a"}]}) == [
        ("/name", "type"),
        ("/age", "minimum"),
        ("/rows", "minItems"),
    ]


def test_alternatives_are_told_in_terms_of_what_was_meant():
    one = {
        "anyOf": [{"required": ["mail"]}, {"required": ["phone"]}],
        "properties": {"mail": {}, "phone": {}},
    }
    form = compile_form({"schema": one})
    [error] = validate(form, {})
    assert error.text() == "Fill in at least one of: Mail, Phone"
    shapes = {
        "oneOf": [
            {"properties": {"k": {"const": "circle"}, "r": {"type": "number"}}, "required": ["k", "r"]},
            {"properties": {"k": {"const": "box"}, "w": {"type": "number"}}, "required": ["k", "w"]},
        ]
    }
    assert errors(shapes, {"k": "box"}) == [("/w", "required")]
    assert errors(shapes, {"k": "circle", "r": "x"}) == [("/r", "type")]
    assert errors({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, 3) == [("", "oneOf")]
    assert errors({"not": {"type": "string"}}, "x") == [("", "not")]
    assert errors({"if": {"minimum": 5}, "then": {"multipleOf": 2}}, 7) == [("", "multipleOf")]
    assert errors(False, 1) == [("", "false")]


def test_messages_are_filled_and_labelled():
    form = compile_form({"schema": {"properties": {"n": {"title": "年龄", "minimum": 18}}}})
    [error] = validate(form, {"n": 3})
    assert (error.label, error.text()) == ("年龄", "Enter 18 or more")
    assert error.text(lambda text: {"Enter %(limit)s or more": "不能小于 %(limit)s"}[text]) == "不能小于 18"
    assert FieldError("/a", "x", "100 % of %(x)s", {"y": 1}).text() == "100 % of %(x)s"


def test_data_nested_without_end_is_an_error_not_a_crash():
    form = compile_form(
        {"schema": {"$ref": "#/$defs/p", "$defs": {"p": {"properties": {"p": {"$ref": "#/$defs/p"}}}}}}
    )
    data: dict = {}
    for _ in range(900):
        data = {"p": data}
    assert [error.code for error in validate(form, data)] in ([], ["depth"])


@pytest.mark.parametrize(
    "text", ["11010519491231002X", "53010219900307123X"[:17] + "5", "440524188001010014"]
)
def test_identity_numbers_need_the_right_check_digit(text):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    right = "10X98765432"[sum(int(d) * w for d, w in zip(text[:17], weights, strict=True)) % 11]
    assert is_id_number(text[:17] + right)
    assert is_id_number(text[:17] + right.lower())
    wrong = "1" if right != "1" else "2"
    assert not is_id_number(text[:17] + wrong)


def test_formats():
    assert not is_id_number("110105194913310025")
    assert not is_id_number("１１０１０５１９４９１２３１００２Ｘ")
    assert all(
        is_phone(t)
        for t in [
            "13888888888",
            "0871-63333333",
            "087163333333",
            "12345",
            "110",
            "400-800-1234",
            "+86 13888888888",
        ]
    )
    assert not any(is_phone(t) for t in ["123", "1388888888", "12888888888", "abc", ""])
    assert is_datetime("2026-05-06T09:30:00+08:00")
    assert is_datetime("2026-05-06T09:30:00.5Z")
    assert not any(is_datetime(t) for t in ["2026-05-06T09:30:00", "2026-13-06T09:30:00Z", "2026-05-06"])
    assert is_time("09:30")
    assert not is_time("25:00:00")
    assert is_uri("https://example.com/a?b=c")
    assert not any(is_uri(t) for t in ["example.com", "http://a b", "//x", "http://x:99999999/"])


def test_formats_are_part_of_the_verdict():
    schema = {
        "properties": {"i": {"format": "cn-id-number"}, "p": {"format": "cn-phone"}, "d": {"format": "date"}}
    }
    assert errors(schema, {"i": "1", "p": "x", "d": "2026-02-30"}) == [
        ("/i", "format"),
        ("/p", "format"),
        ("/d", "format"),
    ]
    assert errors(schema, {"i": 5, "p": None, "d": []}) == []


def test_fields_are_listed_with_type_and_options():
    definition = {
        "schema": {
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": {"oneOf": [{"const": "a", "title": "甲"}, {"const": "b", "title": "乙"}]},
                "place": {"type": "string", "format": "unit-code"},
                "amount": {"type": "number"},
                "tags": {"type": "array", "items": {"enum": ["x", "y"]}},
                "rows": {
                    "type": "array",
                    "items": {"properties": {"on": {"type": "string", "format": "date"}}},
                },
            },
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"properties": {"late": {"type": "boolean"}}},
        },
        "ui": {"fields": {"/amount": {"widget": "money", "sensitivity": "personal"}}},
    }
    found = {f.pointer: f for f in list_fields(definition)}
    assert {p: f.type for p, f in found.items()} == {
        "/kind": "string",
        "/place": "unit",
        "/amount": "money",
        "/tags": "strings",
        "/rows/*/on": "date",
        "/late": "boolean",
    }
    assert found["/kind"].options == (("a", "甲"), ("b", "乙"))
    assert found["/kind"].required
    assert found["/rows/*/on"].repeated
    assert found["/amount"].sensitivity == "personal"
