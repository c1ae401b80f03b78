"""Bodies: hidden-field policies, stored data, row buttons, profiles."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.forms import Profile, compile_form, parse_body
from portal.core.forms.build import build_view
from portal.core.forms.view import Control, Group, Hidden, Rows, Static


def form(
    properties: dict[str, Any], ui: dict[str, Any] | None = None, profile: Profile | None = None, **more: Any
):
    schema = {"type": "object", "properties": properties, **more}
    definition = {"schema": schema, "ui": {"fields": ui or {}}}
    return compile_form(definition, profile=profile) if profile else compile_form(definition)


def pairs_of(view) -> list[tuple[str, str]]:
    """What a browser sends for an untouched view."""
    pairs = list(view.hidden)

    def walk(items):
        for item in items:
            if isinstance(item, Hidden):
                pairs.extend(item.hidden)
            elif isinstance(item, Control):
                if item.kind in ("radio", "checkbox", "checkboxes"):
                    pairs.extend((item.name, o.token) for o in item.options if o.selected)
                else:
                    pairs.append((item.name, item.text if item.kind != "select" else _chosen(item)))
                pairs.extend(item.hidden)
            elif isinstance(item, Group):
                pairs.extend(item.hidden)
                walk(item.items)
            elif isinstance(item, Rows):
                pairs.extend(item.hidden)
                for row in item.rows:
                    pairs.extend(row.hidden)
                    walk(row.items)

    for section in view.sections:
        walk(section.items)
    return pairs


def _chosen(item: Control) -> str:
    return next((o.token for o in item.options if o.selected), "")


def names_of(view) -> list[str]:
    return [name for name, _ in pairs_of(view)]


GATED = {"kind": {"enum": ["a", "b", "c", "d"]}, "extra": {"type": "string"}}
WHEN = {"field": "/kind", "op": "eq", "value": "a"}


@pytest.mark.parametrize(
    ("policy", "stored", "expected"),
    [
        ("keep", None, {"kind": "b"}),
        ("clear", None, {"kind": "b"}),
        ("submit", None, {"kind": "b", "extra": "typed"}),
        ("", None, {"kind": "b"}),
        ("keep", {"kind": "a", "extra": "old"}, {"kind": "b", "extra": "old"}),
        ("clear", {"kind": "a", "extra": "old"}, {"kind": "b"}),
        ("submit", {"kind": "a", "extra": "old"}, {"kind": "b", "extra": "typed"}),
        ("", {"kind": "a", "extra": "old"}, {"kind": "b"}),
        ("", {"kind": "b", "extra": "old"}, {"kind": "b", "extra": "old"}),
        ("clear", {"kind": "b", "extra": "old"}, {"kind": "b"}),
    ],
)
def test_what_is_typed_and_then_hidden_follows_the_policy(policy, stored, expected):
    field = {"when": WHEN, **({"hidden_policy": policy} if policy else {})}
    compiled = form(GATED, {"/extra": field})
    body = [("/kind", "b"), ("/extra", "typed")]
    assert parse_body(compiled, body, stored).data == expected


def test_typed_text_comes_back_when_its_field_is_shown_again():
    compiled = form(GATED, {"/extra": {"when": WHEN}})
    hidden = parse_body(compiled, [("/kind", "b"), ("/extra", "typed"), ("_refresh", "1")])
    assert hidden.action == "refresh"
    assert hidden.data == {"kind": "b"}
    view = build_view(compiled, hidden.data, state=hidden.state)
    body = [(n, "a" if n == "/kind" else v) for n, v in pairs_of(view)]
    assert parse_body(compiled, body).data == {"kind": "a", "extra": "typed"}


def test_a_field_that_is_shown_anew_offers_what_is_stored():
    compiled = form(GATED, {"/extra": {"when": WHEN}})
    stored = {"kind": "b", "extra": "old"}
    refreshed = parse_body(compiled, [("/kind", "a"), ("_refresh", "1")], stored)
    assert refreshed.data == {"kind": "a", "extra": "old"}


def test_a_hidden_field_can_hide_another():
    fields = {"a": {"type": "boolean"}, "b": {"type": "string"}, "c": {"type": "string"}}
    ui = {
        "/b": {"when": {"field": "/a", "op": "eq", "value": True}},
        "/c": {"when": {"field": "/b", "op": "exists"}},
    }
    body = [("/a", "false"), ("/b", "x"), ("/c", "y")]
    assert parse_body(form(fields, ui), body).data == {"a": False}
    assert parse_body(form(fields, ui), [("/a", "true"), *body[1:]]).data == {"a": True, "b": "x", "c": "y"}


def test_a_condition_inside_a_row_reads_its_own_row():
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"k": {"enum": ["x", "y"]}, "v": {"type": "string"}}},
    }
    ui = {"/rows/*/v": {"when": {"field": "/rows/*/k", "op": "eq", "value": "x"}}}
    body = [("/rows/0/k", "x"), ("/rows/0/v", "one"), ("/rows/1/k", "y"), ("/rows/1/v", "two")]
    assert parse_body(form({"rows": rows}, ui), body).data == {"rows": [{"k": "x", "v": "one"}, {"k": "y"}]}


def test_what_the_form_does_not_know_stays_as_stored():
    stored = {"a": "x", "old": {"deep": [1]}, "rows": [{"n": "1", "legacy": 1}, {"n": "2", "legacy": 2}]}
    compiled = form(
        {
            "a": {"type": "string"},
            "rows": {"type": "array", "items": {"properties": {"n": {"type": "string"}}}},
        }
    )
    view = build_view(compiled, stored)
    assert "legacy" not in str(pairs_of(view))
    body = pairs_of(view)
    assert parse_body(compiled, body, stored).data == stored
    gone = parse_body(compiled, [*body, ("_remove:/rows/0", "1")], stored)
    assert gone.data["rows"] == [{"n": "2", "legacy": 2}]


def test_rows_are_added_removed_and_moved_without_losing_anything():
    compiled = form(
        {"p": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "string"}}}}}
    )
    body = [("/p/0/n", "a"), ("/p/1/n", "b"), ("/p/2/n", "c")]
    names = lambda parsed: [row["n"] for row in parsed.data["p"]]  # noqa: E731
    assert names(parse_body(compiled, [*body, ("_remove:/p/1", "1")])) == ["a", "c"]
    assert names(parse_body(compiled, [*body, ("_up:/p/2", "1")])) == ["a", "c", "b"]
    assert names(parse_body(compiled, [*body, ("_down:/p/0", "1")])) == ["b", "a", "c"]
    assert names(parse_body(compiled, [*body, ("_up:/p/0", "1")])) == ["a", "b", "c"]
    added = parse_body(compiled, [*body, ("_add:/p", "1")])
    assert names(added) == ["a", "b", "c"]
    view = build_view(compiled, added.data, state=added.state)
    assert "/p/3/n" in names_of(view)
    again = parse_body(compiled, [*pairs_of(view), ("_add:/p", "1")])
    assert {"/p/3/n", "/p/4/n"} <= set(names_of(build_view(compiled, again.data, state=again.state)))
    assert (
        parse_body(compiled, pairs_of(build_view(compiled, again.data, state=again.state))).data == added.data
    )


def test_an_added_row_starts_with_its_defaults():
    item = {"type": "object", "properties": {"n": {"type": "string", "default": "new"}}}
    added = parse_body(form({"p": {"type": "array", "items": item}}), [("_add:/p", "1")])
    assert added.data == {"p": [{"n": "new"}]}


def test_a_recursive_part_opens_and_closes_level_by_level():
    person = {"type": "object", "properties": {"n": {"type": "string"}, "child": {"$ref": "#/$defs/p"}}}
    compiled = compile_form({"schema": {"$ref": "#/$defs/p", "$defs": {"p": person}}})
    opened = parse_body(compiled, [("/n", "x"), ("_open:/child", "1")])
    view = build_view(compiled, opened.data, state=opened.state)
    assert "/child/n" in names_of(view)
    assert "/child/child/n" not in names_of(view)
    body = [(n, "y" if n == "/child/n" else v) for n, v in pairs_of(view)]
    assert parse_body(compiled, body).data == {"n": "x", "child": {"n": "y"}}
    assert parse_body(compiled, [*body, ("_close:/child", "1")]).data == {"n": "x"}


def test_map_entries_can_be_added_renamed_and_removed():
    compiled = form({"m": {"type": "object", "additionalProperties": {"type": "integer"}}})
    body = [("/m/~e0~key", "a"), ("/m/~e0", "1"), ("/m/~e1~key", "b"), ("/m/~e1", "2")]
    assert parse_body(compiled, body).data == {"m": {"a": 1, "b": 2}}
    assert parse_body(compiled, [*body, ("_remove:/m/~e0", "1")]).data == {"m": {"b": 2}}
    added = parse_body(compiled, [*body, ("_add:/m/~e", "1")])
    assert "/m/~e2~key" in names_of(build_view(compiled, added.data, state=added.state))
    twice = parse_body(compiled, [*body, ("/m/~e2~key", "a"), ("/m/~e2", "3")])
    assert [error.code for error in twice.errors] == ["key_twice"]


def test_hidden_and_masked_fields_can_neither_be_seen_nor_set():
    profile = Profile(
        "clerk",
        hidden=frozenset({"/secret"}),
        masked=frozenset({"/rows/*/id"}),
        readonly=frozenset({"/fixed"}),
    )
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"n": {"type": "string"}, "id": {"type": "string"}}},
    }
    text = {"type": "string"}
    compiled = form({"a": text, "secret": text, "fixed": text, "rows": rows}, profile=profile)
    stored = {
        "a": "1",
        "secret": "S3CRET",
        "fixed": "F",
        "rows": [{"n": "x", "id": "ID-1"}, {"n": "y", "id": "ID-2"}],
    }
    view = build_view(compiled, stored)
    assert "S3CRET" not in repr(view)
    assert "ID-1" not in repr(view)
    assert any(
        isinstance(item, Static)
        for s in view.sections
        for r in s.items
        if isinstance(r, Rows)
        for row in r.rows
        for item in row.items
    )
    body = [
        *pairs_of(view),
        ("/secret", "forged"),
        ("/fixed", "forged"),
        ("/rows/0/id", "forged"),
        ("/rows/1/id~json", '"forged"'),
    ]
    assert parse_body(compiled, body, stored).data == stored
    moved = parse_body(compiled, [*pairs_of(view), ("_up:/rows/1", "1")], stored)
    assert moved.data["rows"] == [{"n": "y", "id": "ID-2"}, {"n": "x", "id": "ID-1"}]
    new = parse_body(compiled, [("/a", "1"), ("/secret", "forged"), ("/fixed", "forged")])
    assert new.data == {"a": "1"}


def test_a_read_only_field_keeps_what_is_stored():
    compiled = form({"no": {"type": "string", "readOnly": True, "default": "draft"}, "a": {"type": "string"}})
    assert parse_body(compiled, [("/no", "forged"), ("/a", "x")], {"no": "7"}).data == {"no": "7", "a": "x"}
    assert parse_body(compiled, [("/no", "forged"), ("/a", "x")]).data == {"no": "draft", "a": "x"}


def test_switching_a_variant_drops_what_only_the_old_one_had():
    schema = {
        "oneOf": [
            {
                "properties": {"k": {"const": "a"}, "one": {"type": "string"}},
                "required": ["k"],
                "additionalProperties": False,
            },
            {
                "properties": {"k": {"const": "b"}, "two": {"type": "string"}},
                "required": ["k"],
                "additionalProperties": False,
            },
        ]
    }
    compiled = compile_form({"schema": {"type": "object", "properties": {"v": schema}}})
    stored = {"v": {"k": "a", "one": "x"}}
    body = [(n, "b" if n == "/v/k" else v) for n, v in pairs_of(build_view(compiled, stored))]
    parsed = parse_body(compiled, body, stored)
    assert parsed.data == {"v": {"k": "b"}}
    assert not parsed.errors


@pytest.mark.parametrize(
    ("types", "text", "value"),
    [
        ("integer", "１２３", 123),
        ("integer", " 7 ", 7),
        ("integer", "abc", "abc"),
        ("number", "1e-7", 1e-7),
        ("number", "1e999", "1e999"),
        ("number", "NaN", "NaN"),
        ("string", "12", "12"),
        ("string", "a\r\nb", "a\nb"),
        (["integer", "string"], "12", 12),
    ],
)
def test_text_becomes_a_value(types, text, value):
    parsed = parse_body(form({"a": {"type": types}}), [("/a", text)])
    assert parsed.data == {"a": value}
    assert type(parsed.data["a"]) is type(value)


def test_names_that_are_not_of_the_form_are_ignored():
    body = [
        ("csrf_token", "x"),
        ("version", "3"),
        ("/unknown", "1"),
        ("/a/b/c", "1"),
        ("/a", "ok"),
        ("~rest", '{"x":1}'),
    ]
    assert parse_body(form({"a": {"type": "string"}}), body).data == {"a": "ok"}


def test_an_endless_body_is_refused():
    from portal.core.errors import InvalidInput

    with pytest.raises(InvalidInput, match="too many"):
        parse_body(form({"a": {"type": "string"}}), ((f"/a{i}", "") for i in range(50_000)))
    deep = parse_body(form({"a": {}}), [("/a" * 5_000, "x"), ("/p/99999999999999/x", "1")])
    assert deep.data == {}
