"""Schemas that must be refused, and patterns whose cost must be bounded."""

from __future__ import annotations

import re
import socket
import time

import pytest

from portal.core.errors import DefinitionError
from portal.core.forms import check_form, compile_form, validate
from portal.core.forms.patterns import safe_pattern, to_python
from portal.core.forms.schema_safety import load_schema

DEEP: dict = {}
for _ in range(300):
    DEEP = {"properties": {"a": DEEP}}

HOSTILE = {
    "remote": (
        {"properties": {"a": {"$ref": "http://127.0.0.1:9/x.json"}}},
        "schema.reference",
        "/schema/properties/a/$ref",
    ),
    "file": ({"$ref": "file:///etc/passwd"}, "schema.reference", "/schema/$ref"),
    "relative": (
        {"properties": {"a": {"$ref": "other.json#/x"}}},
        "schema.reference",
        "/schema/properties/a/$ref",
    ),
    "dangling": (
        {"properties": {"a": {"$ref": "#/$defs/no"}}},
        "schema.reference",
        "/schema/properties/a/$ref",
    ),
    "self": ({"$ref": "#"}, "schema.loop", "/schema/$ref"),
    "ring": (
        {
            "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}},
            "$ref": "#/$defs/a",
        },
        "schema.loop",
        None,
    ),
    "multiplying": (
        {
            "$defs": {
                **{f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(30)},
                "d30": {},
            },
            "$ref": "#/$defs/d0",
        },
        "schema.expansion",
        None,
    ),
    "deep": (DEEP, "schema.depth", None),
    "huge": ({"enum": list(range(300_000))}, "schema.size", None),
    "dialect": ({"$schema": "http://evil.example/schema"}, "schema.dialect", "/schema/$schema"),
    "draft 3": ({"$schema": "http://json-schema.org/draft-03/schema#"}, "schema.dialect", "/schema/$schema"),
    "type": ({"type": "strin"}, "schema.metaschema", "/schema/type"),
    "required": (
        {"properties": {"a": {"required": True}}},
        "schema.metaschema",
        "/schema/properties/a/required",
    ),
    "nan": ({"minimum": float("nan")}, "schema.number", "/schema/minimum"),
    "infinite": (
        {"properties": {"a": {"maximum": float("inf")}}},
        "schema.number",
        "/schema/properties/a/maximum",
    ),
    "nul": ({"title": "a\0b"}, "schema.text", "/schema/title"),
    "surrogate": ({"title": "\ud800"}, "schema.text", "/schema/title"),
    "no schema": ([], "schema.type", "/schema"),
    "pattern": (
        {"properties": {"a": {"pattern": "[[:alpha:]]+$"}}},
        "schema.pattern_posix",
        "/schema/properties/a/pattern",
    ),
    "pattern key": (
        {"patternProperties": {"^[[:digit:]]$": {}}},
        "schema.pattern_posix",
        "/schema/patternProperties/^[[:digit:]]$",
    ),
    "bad pattern": ({"$defs": {"p": {"pattern": "("}}}, "schema.pattern", "/schema/$defs/p/pattern"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_schema_is_refused_with_the_place_of_the_fault(name, monkeypatch):
    def no_network(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    schema, code, where = HOSTILE[name]
    start = time.perf_counter()
    with pytest.raises(DefinitionError) as caught:
        compile_form({"schema": schema})
    assert time.perf_counter() - start < 5
    assert code in {problem.code for problem in caught.value.problems}
    if where is not None:
        assert where in {problem.pointer for problem in caught.value.problems if problem.code == code}


def test_all_problems_are_told_at_once():
    schema = {"properties": {"a": {"pattern": "[[:alpha:]]"}, "b": {"pattern": "("}, "c": {"type": "x"}}}
    ui = {"fields": {"/nope": {}, "/a": {"widget": "hologram", "section": "s"}}, "sections": {"t": {}}}
    codes = [problem.code for problem in check_form({"schema": schema, "ui": ui}, file="f.json")]
    assert {"schema.pattern_posix", "schema.pattern", "schema.metaschema", "ui.value", "ui.section"} <= set(
        codes
    )


def test_the_ui_part_may_only_speak_of_fields_that_exist():
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"properties": {"b": {}}}}}}
    good = {"fields": {"/a/*/b": {"when": {"field": "/a", "op": "exists"}}}}
    assert check_form({"schema": schema, "ui": good}) == []
    bad = {"fields": {"/a/*/c": {}, "/a": {"when": {"field": "/zz", "op": "exists"}}}}
    assert [p.code for p in check_form({"schema": schema, "ui": bad})] == ["ui.field", "ui.when"]


def test_recursion_through_properties_and_items_is_no_loop():
    person = {"properties": {"child": {"$ref": "#/$defs/p"}, "friends": {"items": {"$ref": "#/$defs/p"}}}}
    assert check_form({"schema": {"$ref": "#/$defs/p", "$defs": {"p": person}}}) == []


def test_other_peoples_small_faults_are_warnings_on_demand():
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/definitions/gone"}, "required": ["a"], "b": {"type": "string"}},
    }
    with pytest.raises(DefinitionError):
        compile_form({"schema": schema})
    form = compile_form({"schema": schema}, strict=False)
    assert sorted(problem.code for problem in form.warnings) == ["schema.misplaced", "schema.reference"]
    assert set(form.root.properties) == {"a", "b"}


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": "array", "items": [{"type": "string"}], "additionalItems": False}, ["a"], ["a", "b"]),
        ({"type": "number", "minimum": 3, "exclusiveMinimum": True}, 4, 3),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", "b"]),
    ],
)
def test_a_schema_that_names_no_dialect_is_read_by_its_shape(schema, valid, invalid):
    form = compile_form({"schema": schema})
    assert not validate(form, valid)
    assert validate(form, invalid)


COSTLY = [
    r"(a+)+$",
    r"^(a|aa)+$",
    r"(a*)*b",
    r"^(\w+\s?)*$",
    r"([a-zA-Z]+)*$",
    r"(.*a){20}",
    r"(x+x+)+y",
    r"^(a?){30}a{30}$",
    "a?" * 25 + "a" * 25,
    r"(\d{2,4})*$",
    r"a*a*a*a*a*a*a*b",
    r"^(?=(a+)+$)",
    r"(?:.|\s)*x",
    r"^(?:a{0,20}){0,20}$",
    r"(a|b|ab)*c",
    r"^([\w-]+\.?)+@",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?:a|b|c|a)*?d(?:(x|y)+z?)+$",
    r"^(.+)+$",
]
HARMLESS = [
    r"^(?:\D*\d){10,15}\D*$",
    r"^((?!http|www\.|\.co).)*$",
    r"^[0-9]*[-]*[0-9]*[-]*[0-9]*$",
    r"^.*\S.*",
    r'^(([^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*)|(".+"))@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\])'
    r"|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$",
    r"^(\d{1,3}){1,3}$",
    r"^(\d+)?$",
    r"^\p{L}+$",
    r"(?<y>\d{4})-\k<y>",
    r"[^]x",
    r"^(?!\s)(?!.*?\s{2,})[^<>%$#@!^&*0-9]+$",
    r"^(https?|ftp)://[^\s/$.?#].[^\s]*$",
    r"^#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})$",
    r"^1[3-9]\d{9}$",
    r"^[\u4e00-\u9fa5]{2,20}$",
]
ATTACKS = [
    "a" * 39 + "!",
    "ab" * 19 + "!!",
    "x" * 40,
    "1" * 39 + "-",
    " " * 39 + "x",
    "a." * 20,
    "aA" * 20,
    "a1 " * 13,
    '"' + "a" * 39,
]


@pytest.mark.parametrize("pattern", COSTLY)
def test_a_costly_pattern_is_no_fault_of_a_schema(pattern):
    """What it may cost is limited where it is matched: ``tests/adapters/test_matching.py``."""
    assert safe_pattern(pattern) == pattern
    assert not [p for p in load_schema({"pattern": pattern})[1] if p.severity == "error"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("[[:alpha:]]+", "schema.pattern_posix"),
        (r"^x[[:digit:]-]$", "schema.pattern_posix"),
        ("a" * 2001, "schema.pattern_length"),
        ("(a", "schema.pattern"),
    ],
)
def test_a_pattern_that_means_something_else_is_refused(pattern, code):
    document, problems = load_schema({"properties": {"x": {"pattern": pattern}}})
    assert document is None
    assert [(p.code, p.pointer) for p in problems] == [(code, "/properties/x/pattern")]


@pytest.mark.parametrize("pattern", HARMLESS)
def test_a_harmless_pattern_is_accepted_and_fast(pattern):
    compiled = re.compile(safe_pattern(pattern))
    for text in ATTACKS:
        start = time.perf_counter()
        compiled.search(text)
        assert time.perf_counter() - start < 1


def test_ecma_syntax_is_put_into_pythons():
    assert re.fullmatch(to_python(r"\p{Lu}\p{Ll}+"), "Émile")
    assert re.fullmatch(to_python(r"[\p{Script=Han}·]+"), "李·某")
    assert not re.fullmatch(to_python(r"\P{L}+"), "abc")
    assert re.fullmatch(to_python(r"\u{1F600}\cJ"), "😀\n")
    assert re.fullmatch(to_python(r"(?<a>x)\k<a>[^]"), "xx\n")
