"""The HTML of a form: accessible, escaped, in the order of the page; and the page to read."""

from __future__ import annotations

import re

import pytest

from portal.core.forms import FieldError, Profile, compile_form, validate
from portal.web.days import day_in_words
from portal.web.forms import FormContext, render_body, render_form, render_told, render_values
from portal.web.forms.fields import FIELD_TYPES
from tests.web.forms.browser import read_page

TEXT = {"type": "string"}
XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "javascript:alert(1)",
    "</textarea><script>1</script>",
    "{{7*7}}",
    "${7*7}",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "\u2028<svg/onload=alert(1)>",
]


def html_of(properties, data=None, ui=None, errors=(), **more):
    form = compile_form({"schema": {"type": "object", "properties": properties}, "ui": ui or {}})
    return str(render_form(form, data, errors, **more))


@pytest.mark.parametrize("text", XSS)
def test_text_of_definition_and_data_is_only_text(text):
    properties = {
        "a": {**TEXT, "title": text, "description": text, "examples": [text]},
        "b": {"enum": [text, "x", "y", "z"], "title": text},
        "c": {"type": "array", "items": {"enum": [text]}},
        text: TEXT,
        "m": {"type": "object", "additionalProperties": TEXT},
        "j": True,
    }
    data = {"a": text, "b": text, "c": [text], text: text, "m": {text: text}, "j": {text: text}}
    ui = {"fields": {"/a": {"placeholder": text, "unit": text}}}
    errors = [FieldError("/a", "x", "%(t)s", {"t": text}, text)]
    plain = html_of({"a": {**TEXT, "title": "t", "description": "t"}}, {"a": "t"})
    html = html_of(properties, data, ui, errors, submit_label=text, action_url="/x?" + text)
    page = read_page(html)
    assert page.inline == []
    for tag in ("<script", "<img", "<svg", "onerror=alert(1)>", "</textarea><"):
        assert html.count(tag) == plain.count(tag)
    shown = str(render_values(compile_form({"schema": {"type": "object", "properties": properties}}), data))
    assert "<script" not in shown
    assert "<img" not in shown


def test_a_control_is_tied_to_its_label_help_and_error():
    html = html_of(
        {"a": {**TEXT, "title": "Name", "description": "As in the passport"}},
        {"a": "x"},
        errors=[FieldError("/a", "bad", "Wrong", {}, "Name")],
    )
    assert '<label class="form-label" for="f.a">Name</label>' in html
    assert 'aria-describedby="f.a-help f.a-error"' in html
    assert 'aria-invalid="true"' in html
    assert '<a href="#f.a">Name: Wrong</a>' in html
    assert 'role="alert"' in html


def test_the_summary_follows_the_page_not_the_schema():
    schema = {"type": "object", "required": ["a", "b", "c"], "properties": {"a": TEXT, "b": TEXT, "c": TEXT}}
    ui = {
        "sections": {"one": {"order": 1}, "two": {"order": 2}},
        "fields": {"/c": {"section": "one"}, "/a": {"section": "two"}},
    }
    form = compile_form({"schema": schema, "ui": ui})
    body = str(render_body(form, {}, validate(form, {})))
    places = [body.index(f"#f.{name}") for name in ("c", "a", "b")]
    assert places == sorted(places)


def test_only_controlling_fields_ask_the_server():
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "other": TEXT},
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"properties": {"more": TEXT}},
    }
    html = str(render_form(compile_form({"schema": schema}), {}, refresh_url="/r"))
    assert html.count('hx-trigger="change"') == 3  # the radio buttons of one field
    assert "hx-on" not in html


def test_a_read_only_control_still_sends_its_value():
    properties = {
        "a": TEXT,
        "b": {"enum": ["x", "y", "z", "w"]},
        "c": {"type": "boolean"},
        "d": {"type": "array", "items": {"enum": ["p"]}},
    }
    definition = {"schema": {"type": "object", "properties": properties}}
    form = compile_form(definition, profile=Profile("r", readonly=frozenset({"/a", "/b", "/c", "/d"})))
    page = read_page(str(render_form(form, {"a": "1", "b": "y", "c": True, "d": ["p"]})))
    assert {("/a", "1"), ("/b", "y"), ("/c", "true"), ("/d", "p")} <= set(page.pairs)


def test_codes_are_shown_with_their_labels_and_addresses():
    context = FormContext(
        lookups={"unit": "/units", "taxonomy:dispute": "/terms"},
        label=lambda kind, code: {"530112": "西山区"}.get(code),
    )
    properties = {"u": {**TEXT, "format": "unit-code"}, "t": {**TEXT, "format": "taxonomy-code"}}
    ui = {"fields": {"/t": {"taxonomy": "dispute"}}}
    html = html_of(properties, {"u": "530112"}, ui, context=context)
    assert 'data-lookup="/units"' in html
    assert 'data-lookup="/terms"' in html
    assert "西山区" in html
    form = compile_form({"schema": {"type": "object", "properties": properties}, "ui": ui})
    assert "西山区" in render_values(form, {"u": "530112"}, context=context)
    assert "data-lookup" not in html_of(properties, {"u": "530112"}, ui)


def test_an_unknown_kind_of_control_is_a_text_field():
    from portal.core.forms.view import Control
    from portal.web.forms.fields import TextField, wtform

    form = wtform([Control("/a", "/a", "f.a", "hologram", "A", text="x")])
    assert type(form["/a"]) is TextField
    assert "hologram" not in FIELD_TYPES


def test_values_are_shown_without_what_is_hidden():
    properties = {
        "a": {**TEXT, "title": "A"},
        "secret": TEXT,
        "id": {**TEXT, "title": "Id"},
        "empty": {**TEXT, "title": "E"},
    }
    profile = Profile("viewer", hidden=frozenset({"/secret"}), masked=frozenset({"/id"}))
    form = compile_form({"schema": {"type": "object", "properties": properties}}, profile=profile)
    html = str(render_values(form, {"a": "shown", "secret": "S3CRET", "id": "ID-77"}))
    assert "shown" in html
    assert "S3CRET" not in html
    assert "ID-77" not in html
    assert "••••••" in html
    assert ">E<" not in html


def test_a_section_that_is_one_list_is_named_once():
    person = {"type": "object", "properties": {"name": TEXT, "phone": TEXT}}
    schema = {"type": "object", "properties": {"p": {"type": "array", "title": "Parties", "items": person}}}
    parties = [{"name": "a", "phone": "1"}, {"name": "b", "phone": "2"}]
    ui = {"sections": {"s": {"title": "Parties"}}, "fields": {"/p": {"section": "s"}}}
    shown = render_values(compile_form({"schema": schema, "ui": ui}), {"p": parties})
    assert [shown.count(text) for text in (">Parties<", ">Parties 1<", ">Parties 2<")] == [1, 1, 1]


def test_a_story_comes_first_and_a_title_that_a_field_has_too_is_said_once() -> None:
    properties = {
        "kind": {"type": "string", "title": "类型"},
        "claim": {"type": "string", "title": "诉求"},
        **{f"n{n}": {"type": "string", "title": f"其他{n}"} for n in range(3)},
    }
    sections = {"about": {"title": "诉求", "order": 1}} | {f"s{n}": {"title": f"节{n}"} for n in range(3)}
    fields = {
        "/kind": {"section": "about", "order": 1},
        "/claim": {"section": "about", "order": 2, "widget": "textarea", "width": "full"},
        **{f"/n{n}": {"section": f"s{n}"} for n in range(3)},
    }
    form = compile_form(
        {
            "schema": {"type": "object", "properties": properties},
            "ui": {"sections": sections, "fields": fields},
        }
    )
    told, rest = render_told(form, {"kind": "邻里", "claim": "修好", "n0": "甲", "n1": "乙", "n2": "丙"})
    assert told.index("修好") < told.index("邻里")
    assert '<dt class="visually-hidden">诉求</dt>' in told
    assert all(one in rest and one not in told for one in "甲乙丙")


def test_a_row_that_is_what_its_first_field_says_stands_under_it() -> None:
    way = {"route": {"type": "string", "title": "途径"}, "merits": {"type": "string", "title": "利弊"}}
    rows = {
        "type": "array",
        "title": "可行途径",
        "items": {"type": "object", "title": "途径", "properties": way},
    }
    form = compile_form({"schema": {"type": "object", "properties": {"ways": rows}}})
    shown = render_values(form, {"ways": [{"route": "调解", "merits": "省时"}, {"route": "诉讼"}]})
    assert re.findall("<dt>([^<]+)</dt>", shown) == ["可行途径", "调解", "利弊", "途径"]


def test_a_day_is_told_in_words_and_what_is_none_as_it_was_entered() -> None:
    when = {"d": {"type": "string", "format": "date", "title": "日期"}}
    form = compile_form({"schema": {"type": "object", "properties": when}})
    context = FormContext(day=day_in_words)
    assert "2026年11月3日" in render_values(form, {"d": "2026-11-03"}, context=context)
    assert "十一月初" in render_values(form, {"d": "十一月初"}, context=context)
    assert "2026-11-03" in render_values(form, {"d": "2026-11-03"})
