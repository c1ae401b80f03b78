"""The page and the parser show the same: whatever depends on the data comes back, and variants can be chosen."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from portal.core.forms import CompiledForm, compile_form, is_valid, parse_body
from portal.web.forms import FormContext, render_form
from tests.web.forms import conditions
from tests.web.forms.browser import read_page


def pairs_of(form: CompiledForm, data: Any, parsed: Any = None, **more: Any) -> list[tuple[str, str]]:
    state = parsed.state if parsed else None
    return read_page(
        str(render_form(form, data, context=FormContext(), new=False, state=state, **more))
    ).pairs


def replaced(pairs: list[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    known = {name.replace("__", "/"): value for name, value in values.items()}
    assert set(known) <= {name for name, _ in pairs}, (known, pairs)
    return [(name, known.get(name, value)) for name, value in pairs]


def test_no_instance_of_500_changes_and_each_verdict_is_the_one_of_jsonschema():
    tally = conditions.run(500)
    assert (tally.changed, tally.verdicts) == (0, 0), tally.first
    assert tally.accepted > 50
    assert tally.conditional > 300


NAMED = {"type": "object", "properties": {"name": {"type": "string"}}}
PHONE = {"properties": {"phone": {"type": "string"}}}
BACK: dict[str, tuple[dict[str, Any], Any]] = {
    "shown by its own value": (
        {**NAMED, "if": {"required": ["phone"]}, "then": PHONE},
        {"name": "n", "phone": "1"},
    ),
    "dependencies on itself": ({**NAMED, "dependencies": {"phone": PHONE}}, {"name": "n", "phone": "1"}),
    "dependentSchemas on itself": (
        {**NAMED, "dependentSchemas": {"phone": PHONE}},
        {"name": "n", "phone": "1"},
    ),
    "shown by not being there": (
        {**NAMED, "if": {"not": {"required": ["name"]}}, "then": PHONE, "else": PHONE},
        {"phone": "1"},
    ),
    "dependentRequired alone": (
        {"type": "object", "properties": {"x": {"dependentRequired": {"a": ["b"]}}}},
        {"x": {"a": 1, "b": 2}},
    ),
    "dependentRequired at the top": ({"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 2}),
    "dependentSchemas alone": (
        {"properties": {"x": {"dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}}}}}},
        {"x": {"a": 1, "b": 2}},
    ),
    "dependencies alone": ({"properties": {"x": {"dependencies": {"a": ["b"]}}}}, {"x": {"a": 1, "b": 2}}),
    "if alone": (
        {"properties": {"x": {"if": {"required": ["a"]}, "then": {"required": ["b"]}}}},
        {"x": {"a": 1, "b": 2}},
    ),
    "if alone, in a list": (
        {
            "properties": {
                "x": {"type": "array", "items": {"if": {"required": ["a"]}, "then": {"required": ["b"]}}}
            }
        },
        {"x": [{"a": 1, "b": 2}, {"a": 3}]},
    ),
    "a type that only another type would change": (
        {
            "type": "object",
            "properties": {"c": {"type": "integer"}},
            "if": {"properties": {"c": {"type": "string"}}},
            "then": {"properties": {"c": {"type": "string"}}},
        },
        {"c": 1},
    ),
    "a type taken from else": (
        {
            "type": "object",
            "if": {"properties": {"c": {"type": "string"}}, "required": ["c"]},
            "else": {"properties": {"c": {"type": ["integer", "string"]}}},
            "then": {"properties": {"c": {"type": "string"}}},
        },
        {"c": 5},
    ),
    "a condition that its own branch denies": (
        {"type": "object", "if": {"required": ["a"]}, "then": False, "else": {"required": ["a"]}},
        {"a": "x"},
    ),
    "false among variants": ({"properties": {"p": {"oneOf": [{"type": "string"}, False]}}}, {"p": 5}),
    "only false": ({"properties": {"p": {"anyOf": [False, False]}}}, {"p": 5}),
    "only false, of which one is wanted": ({"properties": {"p": {"oneOf": [False, False]}}}, {"p": 5}),
    "false beside a group": (
        {"properties": {"p": {"anyOf": [False, {"properties": {"a": {"type": "string"}}}]}}},
        {"p": {"a": 1}},
    ),
    "names that no control can hold": ({"type": "object"}, {"a\nb": 1, "": 2, "c": {"d": [None, {}]}}),
    "more than a page would show": ({"properties": {"x": {}}}, {"x": [[n] for n in range(200)]}),
    "deeper than a body may hold": ({"properties": {"x": {}}}, {"x": json.loads("[" * 80 + "]" * 80)}),
}


@pytest.mark.parametrize("name", BACK)
def test_what_is_sent_back_unchanged_stays_as_it_was(name):
    schema, data = BACK[name]
    form = compile_form({"schema": schema})
    found = list(conditions.ways_back(form, data, every=True))
    assert found == [data] * 4
    assert is_valid(form, data) is conditions.reference(schema, data)
    assert bool(parse_body(form, pairs_of(form, data), data).errors) is not is_valid(form, data)


A = {"title": "A", "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
B = {"title": "B", "type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}
EITHER = {"oneOf": [A, B]}


def within(schema: dict[str, Any], **more: Any) -> CompiledForm:
    return compile_form({"schema": {"type": "object", "properties": {"p": schema}, **more}})


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        (EITHER, {}),
        (EITHER, {"required": ["p"]}),
        ({"type": "object", **EITHER}, {}),
        ({"type": "object", **EITHER}, {"required": ["p"]}),
        ({"anyOf": [A, B]}, {}),
        ({"type": ["object", "null"], **EITHER}, {}),
    ],
)
def test_choosing_a_variant_of_a_new_form_shows_its_fields(schema, more):
    form = within(schema, **more)
    assert parse_body(form, [("/p~variant", "0"), ("/p~json", ""), ("/p/a", "hello")]).data == {
        "p": {"a": "hello"}
    }
    pairs = pairs_of(form, {})
    assert {name for name, _ in pairs if name.startswith("/p")} == {"/p~variant", "/p~shape"}
    chosen = parse_body(form, [*replaced(pairs, **{"/p~variant": "1"}), ("_refresh", "1")])
    page = pairs_of(form, chosen.data, chosen)
    assert parse_body(form, replaced(page, __p__b="x")).data == {"p": {"b": "x"}}


def test_a_variant_is_chosen_in_each_row_of_a_list():
    form = within({"type": "array", "items": EITHER})
    added = parse_body(form, [*pairs_of(form, {}), ("_add:/p", "1")])
    added = parse_body(form, [*pairs_of(form, added.data, added), ("_add:/p", "1")])
    pairs = replaced(pairs_of(form, added.data, added), **{"/p/0~variant": "1", "/p/1~variant": "0"})
    chosen = parse_body(form, [*pairs, ("_refresh", "1")])
    page = replaced(pairs_of(form, chosen.data, chosen), __p__0__b="one", __p__1__a="two")
    assert parse_body(form, page).data == {"p": [{"b": "one"}, {"a": "two"}]}
    only_second = [(name, "" if name == "/p/0/b" else value) for name, value in page]
    again = parse_body(form, [*only_second, ("_refresh", "1")])
    assert again.data == {"p": [{"a": "two"}]}
    assert "/p/1/b" in dict(
        pairs_of(form, again.data, again)
    )  # the blank row kept its variant and stands behind


def test_a_variant_within_a_variant_is_chosen():
    outer = {"title": "outer", "type": "object", "properties": {"q": EITHER}}
    form = within({"oneOf": [{"title": "text", "type": "string"}, outer]})
    first = parse_body(form, [*replaced(pairs_of(form, {}), **{"/p~variant": "1"}), ("_refresh", "1")])
    pairs = replaced(pairs_of(form, first.data, first), **{"/p/q~variant": "0"})
    second = parse_body(form, [*pairs, ("_refresh", "1")])
    page = replaced(pairs_of(form, second.data, second), __p__q__a="deep")
    assert parse_body(form, page).data == {"p": {"q": {"a": "deep"}}}
    assert not parse_body(form, page).errors


def test_switching_to_another_variant_and_back_brings_back_what_was_typed():
    form = within(EITHER)
    pairs = replaced(pairs_of(form, {"p": {"a": "typed"}}), **{"/p~variant": "1"})
    other = parse_body(form, [*pairs, ("_refresh", "1")])
    assert other.data == {}
    pairs = replaced(pairs_of(form, other.data, other), **{"/p~variant": "0"})
    back = parse_body(form, [*pairs, ("_refresh", "1")])
    assert back.data == {"p": {"a": "typed"}}


@pytest.mark.parametrize("schema", [{}, True, {"title": "说明"}, {"description": "-"}])
def test_a_place_of_any_shape_takes_a_text_as_it_is(schema):
    form = within(schema)
    pairs = pairs_of(form, {})
    assert not any(name.endswith("~json") for name, _ in pairs)
    for text in ("红色", "5", "[1]", "true"):
        assert parse_body(form, replaced(pairs, __p=text)).data == {"p": text}
    number = parse_body(form, replaced(pairs, __p="5", **{"/p~variant": "1"}))
    assert number.data == {"p": 5}


@pytest.mark.parametrize("schema", [{"type": "object"}, {}])
def test_names_and_values_are_entered_by_buttons_alone(schema):
    form = within(schema)
    pairs = pairs_of(form, {})
    if not schema:
        chosen = parse_body(form, [*replaced(pairs, **{"/p~variant": "4"}), ("_refresh", "1")])
        pairs = pairs_of(form, chosen.data, chosen)
    for entry, (name, text) in enumerate([("颜色", "红"), ("层数", "三")]):
        added = parse_body(form, [*pairs, ("_add:/p/~e", "1")])
        pairs = pairs_of(form, added.data, added)
        pairs = replaced(pairs, **{f"/p/~e{entry}~key": name, f"/p/~e{entry}": text})
    parsed = parse_body(form, pairs)
    assert parsed.data == {"p": {"颜色": "红", "层数": "三"}}
    assert not parsed.errors


def test_lists_within_named_entries_grow_by_buttons():
    form = within({"type": "object"})
    data: dict[str, Any] = {"p": {"x": ["one"]}}
    added = parse_body(form, [*pairs_of(form, data), ("_add:/p/~e0", "1")], data)
    page = replaced(pairs_of(form, added.data, added), **{"/p/~e0/1": "two"})
    assert parse_body(form, page, data).data == {"p": {"x": ["one", "two"]}}


def test_what_only_json_can_hold_says_what_it_wants():
    html = str(render_form(within({}), {"p": [[n] for n in range(400)]}, context=FormContext(), new=False))
    assert "Write a text as it is" in html
    fixed = compile_form({"schema": {"properties": {"p": {}}}, "ui": {"fields": {"/p": {"widget": "json"}}}})
    assert "Write a text as it is" in str(render_form(fixed, {}, context=FormContext(), new=False))


def test_the_places_of_a_tuple_have_visible_labels():
    place = {"prefixItems": [{"type": "number", "title": "经度"}, {"type": "number", "title": "纬度"}]}
    for schema in (
        {"type": "array", **place},
        {"type": "array", **place, "items": False},
        {"type": "array", "prefixItems": [*place["prefixItems"], EITHER | {"title": "来源"}]},
    ):
        html = str(render_form(within(schema), {"p": [1, 2]}, context=FormContext(), new=False))
        for label in ("经度", "纬度"):
            assert f'<label class="form-label" for="f.p.{int(label == "纬度")}">{label}</label>' in html
    old = {"type": "array", "items": place["prefixItems"]}
    form = compile_form(
        {"schema": {"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"p": old}}}
    )
    assert ">纬度</label>" in str(render_form(form, {}, context=FormContext(), new=False))


GROUP = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "place": {"type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"]},
        "note": {"type": "string"},
    },
    "required": ["name", "place"],
}


@pytest.mark.parametrize(
    ("schema", "data", "places"),
    [
        (GROUP, {}, ["/p/name", "/p/place/street"]),
        (GROUP, {"p": {"note": "x"}}, ["/p/name", "/p/place/street"]),
        ({"type": "object", "properties": {"a": {}}}, {}, ["/p"]),
        ({"type": "array", "items": GROUP, "minItems": 1}, {}, ["/p", "/p/0/name", "/p/0/place/street"]),
        ({"allOf": [GROUP, {"required": ["note"]}]}, {}, ["/p/name", "/p/place/street", "/p/note"]),
        (
            {**GROUP, "if": {"required": ["note"]}, "else": {"required": ["note"]}},
            {},
            ["/p/name", "/p/place/street", "/p/note"],
        ),
        (EITHER, {}, ["/p"]),
    ],
)
def test_the_errors_of_an_empty_required_group_come_at_once_at_the_controls(schema, data, places):
    form = within(schema, required=["p"])
    parsed = parse_body(form, pairs_of(form, data), data)
    assert sorted(error.pointer for error in parsed.errors) == sorted(places)
    html = str(
        render_form(form, parsed.data, parsed.errors, state=parsed.state, context=FormContext(), new=False)
    )
    tags = re.findall(r"<(?:input|select|textarea)[^>]*>", html)
    wrong = {
        found[1]
        for tag in tags
        if "aria-invalid" in tag and (found := re.search(r'data-pointer="([^"]+)"', tag))
    }
    marked = [place for place in places if place in wrong]
    assert marked == [place for place in places if place != "/p" or "oneOf" in schema]


@pytest.mark.parametrize("count", [2_100, 5_000])
@pytest.mark.parametrize("item", [{"type": "integer"}, {"type": "string"}])
def test_a_long_list_comes_back_whole(item, count):
    form = within({"type": "array", "items": item})
    data = {"p": [n if item["type"] == "integer" else str(n) for n in range(count)]}
    assert parse_body(form, pairs_of(form, data), data).data == data


def test_a_list_beyond_the_bound_is_refused_not_cut():
    from portal.core.errors import InvalidInput

    form = within({"type": "array", "items": {"type": "integer"}})
    data = {"p": list(range(10_000))}
    with pytest.raises(InvalidInput, match="too many"):
        parse_body(form, pairs_of(form, data), data)
