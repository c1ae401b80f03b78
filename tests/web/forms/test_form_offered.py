"""What is shown only because of its own value can be entered on a new form all the same."""

from __future__ import annotations

import pytest

from portal.core.forms import compile_form, parse_body
from portal.web.forms import FormContext, render_form
from tests.web.forms.browser import read_page

PHONE = {"phone": {"type": "string", "title": "电话"}}
NAME = {"type": "object", "properties": {"name": {"type": "string", "title": "姓名"}}}
WAYS = {
    "if": {"if": {"required": ["phone"]}, "then": {"properties": PHONE}},
    "asked for": {"if": {"required": ["phone"]}, "then": {"properties": PHONE, "required": ["phone"]}},
    "dependentSchemas": {"dependentSchemas": {"phone": {"properties": PHONE}}},
    "dependencies": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "dependencies": {"phone": {"properties": PHONE}},
    },
}


def page(form, data=None, new=True):
    return read_page(str(render_form(form, data, context=FormContext(), new=new)))


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_it_can_be_entered_and_left_empty(way: str, within: bool) -> None:
    more = dict(WAYS[way])
    dialect = {"$schema": more.pop("$schema")} if "$schema" in more else {}
    schema = NAME | more
    if within:
        schema = {"type": "object", "properties": {"p": schema}}
    form, at = compile_form({"schema": dialect | schema}), "/p" if within else ""
    pairs = page(form).pairs
    assert f"{at}/phone" in dict(pairs)

    def sent(**values: str):
        found = [(name, values.get(name.removeprefix(at + "/"), value)) for name, value in pairs]
        parsed = parse_body(form, found)
        assert parsed.errors == []
        return parsed.data.get("p", {}) if within else parsed.data

    assert sent(name="张三") == {"name": "张三"}
    assert sent(name="张三", phone="138") == {"name": "张三", "phone": "138"}
    assert sent() == {}
    stored = {"p": {"name": "n", "phone": "1"}} if within else {"name": "n", "phone": "1"}
    assert parse_body(form, page(form, stored, new=False).pairs, stored).data == stored
    emptied = [
        (name, "" if name == f"{at}/phone" else value) for name, value in page(form, stored, new=False).pairs
    ]
    assert parse_body(form, emptied, stored).data == ({"p": {"name": "n"}} if within else {"name": "n"})


def test_what_follows_from_another_answer_is_not_offered() -> None:
    kinds = {"kind": {"type": "string", "enum": ["a", "b"]}}
    tests = [
        {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
        {"properties": {"kind": {"const": "a"}}, "required": ["kind", "phone"]},
        {"properties": {"phone": {"const": "1"}}, "required": ["phone"]},
    ]
    for condition in tests:
        form = compile_form(
            {
                "schema": {
                    "type": "object",
                    "properties": kinds,
                    "if": condition,
                    "then": {"properties": PHONE},
                }
            }
        )
        assert "/phone" not in dict(page(form).pairs), condition
