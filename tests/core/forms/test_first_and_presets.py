"""What stands first in a form, what it brings along, and which folds are open."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.core.forms import Profile, build_view, check_form, compile_form
from portal.core.forms.presets import Asking, prefilled, preset_values
from portal.core.forms.validate import FieldError
from portal.core.forms.view import Control, Fold, Hidden, Rows

TODAY = dt.date(2026, 11, 26)
TEXT = {"type": "string"}
CLERK = Asking(TODAY, "530112", frozenset({"clerk"}))
UI = {
    "first": ["/day", "/name", "/others", "/others/*/name"],
    "sections": {
        "person": {"title": "人", "order": 1},
        "more": {"title": "更多", "order": 2, "shortcut": "有危险"},
    },
    "fields": {
        "/day": {"section": "person", "preset": {"today": True}},
        "/name": {"section": "person"},
        "/kind": {"section": "person"},
        "/note": {"section": "more"},
        "/must": {"section": "more"},
        "/others": {"section": "person", "blank_rows": 1},
    },
}


def form_of(
    ui: dict[str, Any] | None = None, required: tuple[str, ...] = (), **fields: Any
) -> dict[str, Any]:
    properties = {
        "day": {**TEXT, "format": "date"},
        "name": TEXT,
        "kind": {**TEXT, "enum": ["a", "b"], "default": "a"},
        "note": TEXT,
        "must": TEXT,
        "others": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": TEXT, "phone": TEXT}},
        },
        **fields,
    }
    return {
        "schema": {"type": "object", "properties": properties, "required": list(required)},
        "ui": ui or UI,
    }


def sections_of(definition: dict[str, Any], data: Any = None, errors: Any = ()) -> Any:
    form = compile_form(definition)
    data = prefilled(form, preset_values(form, CLERK)) if data is None else data
    return build_view(form, data, errors).sections


def test_what_stands_first_is_one_card_and_the_rest_is_folded() -> None:
    first, person, more = sections_of(form_of())
    assert [item.pointer for item in first.line] == ["/day"]
    assert [item.pointer for item in first.items] == ["/name", "/others"]
    assert (person.fold, [item.pointer for item in person.items]) == (True, ["/kind"])
    assert (more.title, more.shortcut) == ("更多", "有危险")
    assert not first.fold
    assert not person.open  # a declared default is nothing that somebody filled in
    assert not more.open


@pytest.mark.parametrize(
    ("required", "data", "errors", "opened", "filled"),
    [
        ((), {"note": "x"}, (), True, 1),
        (("must",), {}, (), True, 0),
        (("must",), {"must": "x"}, (), True, 1),
        ((), {}, (FieldError("/note", "x", "Wrong", {}, "note"),), True, 0),
        ((), {"name": "x", "kind": "a"}, (), False, 0),
    ],
)
def test_a_fold_opens_where_something_is_filled_in_required_or_wrong(
    required: tuple[str, ...], data: Any, errors: Any, opened: bool, filled: int
) -> None:
    more = sections_of(form_of(required=required), data, errors)[-1]
    assert (more.open, more.filled) == (opened, filled)


def test_a_row_shows_what_stands_first_in_it() -> None:
    first = sections_of(form_of())[0]
    rows = first.items[1]
    assert isinstance(rows, Rows)
    name, rest = rows.rows[0].items[:2]
    assert isinstance(name, Control)
    assert isinstance(rest, Fold)
    folded = [item.pointer for item in rest.items if not isinstance(item, Hidden)]
    assert (name.pointer, folded) == ("/others/0/name", ["/others/0/phone"])


def test_a_field_that_somebody_may_not_see_stands_nowhere() -> None:
    form = compile_form(form_of(), profile=Profile("p", hidden=frozenset({"/name", "/day"})))
    first = build_view(form, form.initial()).sections[0]
    assert (first.line, [item.pointer for item in first.items]) == ([], ["/others"])
    assert preset_values(form, CLERK) == {}


def test_reading_keeps_the_sections() -> None:
    form = compile_form(form_of())
    view = build_view(form, {"name": "x", "note": "y"}, filled=True)
    assert [(section.title, section.fold) for section in view.sections] == [("人", False), ("更多", False)]


@pytest.mark.parametrize(
    ("preset", "asking", "value"),
    [
        ("b", CLERK, "b"),
        ({"role": {"grid": "b"}}, CLERK, None),
        ({"role": {"grid": "b"}, "else": "a"}, CLERK, "a"),
        ({"role": {"grid": "b"}, "else": "a"}, Asking(TODAY, "", frozenset({"grid", "clerk"})), "b"),
        ({"my_name": {"clerk": True}}, Asking(TODAY, "", frozenset({"clerk"}), "王某"), "王某"),
        ({"my_name": {"clerk": True}}, CLERK, None),
        ({"my_name": {"mediator": True}}, Asking(TODAY, "", frozenset({"clerk"}), "王某"), None),
    ],
)
def test_presets_follow_from_the_person(preset: Any, asking: Asking, value: Any) -> None:
    ui = {"fields": {"/kind": {"preset": preset}}}
    form = compile_form(form_of(ui))
    assert preset_values(form, asking) == ({} if value is None else {"/kind": value})


def test_a_name_is_the_first_entry_of_a_list() -> None:
    ui = {"fields": {"/names": {"preset": {"my_name": {"clerk": True}}}}}
    form = compile_form(form_of(ui, names={"type": "array", "items": TEXT}))
    assert preset_values(form, Asking(TODAY, "", frozenset({"clerk"}), "王某")) == {"/names": ["王某"]}


def test_a_place_is_preset_only_where_there_is_one() -> None:
    ui = {"fields": {"/place": {"preset": {"my_place": True}}}}
    form = compile_form(form_of(ui, place={**TEXT, "format": "unit-code"}))
    assert preset_values(form, CLERK) == {"/place": "530112"}
    assert preset_values(form, Asking(TODAY)) == {}


@pytest.mark.parametrize(
    ("preset", "code"),
    [
        ({"yesterday": True}, "ui.preset"),
        ({"today": 1}, "ui.preset"),
        ([], "ui.preset"),
        ("z", "ui.preset"),
        ({"today": True}, "ui.preset"),
        ({"role": {"grid": "z"}}, "ui.preset"),
        ({"role": {"grid": "a"}, "else": "z"}, "ui.preset"),
    ],
)
def test_a_preset_that_the_field_would_refuse_is_an_error(preset: Any, code: str) -> None:
    found = check_form(form_of({"fields": {"/kind": {"preset": preset}}}))
    assert [problem.code for problem in found] == [code]


def test_an_unknown_field_among_those_that_stand_first_is_an_error() -> None:
    found = check_form(form_of({"first": ["/name", "/nome"]}))
    assert [(problem.code, problem.pointer) for problem in found] == [("ui.field", "/ui/first/1")]
