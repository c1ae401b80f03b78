"""Forms being designed: fields added, placed by one number, taken out; options that keep their codes; the palette."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.designing.fields import (
    added,
    choices_in,
    lines_of,
    members,
    placed,
    put,
    section_of,
    shifted,
    siblings,
    taken_out,
    with_choices,
)
from portal.core.designing.palette import NOT_OFFERED, PALETTE
from portal.core.designing.samples import sample
from portal.core.drafts import Change
from portal.core.forms import check_form, list_fields
from portal.core.taxonomy import Taxonomy
from portal.core.widgets import WIDGETS

BASE = "/forms/f"
FORM: dict[str, Any] = {
    "title": "登记",
    "kind": "form",
    "schema": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "title": "姓名"},
            "phone": {"type": "string", "title": "电话"},
            "matter": {"type": "string", "title": "事项"},
            "people": {
                "type": "array",
                "title": "同行人",
                "items": {"type": "object", "properties": {"who": {"type": "string", "title": "姓名"}}},
            },
            "loose": {"type": "string", "title": "备注"},
        },
        "allOf": [{"if": {"required": ["phone"]}, "then": {"required": ["matter"]}}],
    },
    "ui": {
        "sections": {"two": {"title": "事项", "order": 20}, "one": {"title": "来访人", "order": 10}},
        "fields": {
            "/name": {"section": "one", "order": 10},
            "/phone": {"section": "one", "order": 20},
            "/matter": {"section": "two", "order": 10},
            "/people": {"section": "two", "order": 20},
            "/people/*/who": {"width": "half"},
        },
        "first": ["/name", "/matter"],
    },
}


def after(form: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
    document: Any = {"forms": {"f": form}}
    for change in changes:
        above, _, last = change.path.rpartition("/")
        holder = pointers.get(document, above, None)
        if isinstance(holder, list):
            now = list(holder)
            if change.op == "add":
                now.append(change.after)
            else:
                assert now[int(last)] == change.before
                now[int(last) : int(last) + 1] = [] if change.after is None else [change.after]
            document = pointers.put(document, above, now)
            continue
        assert pointers.get(document, change.path, None) == change.before, change
        if change.after is None:
            document = pointers.without(document, change.path)
        else:
            document = pointers.put(document, change.path, change.after)
    return dict(document["forms"]["f"])


def test_fields_stand_in_their_sections_in_order() -> None:
    assert placed(FORM) == {"one": ["/name", "/phone"], "two": ["/matter", "/people"], "": ["/loose"]}
    assert section_of(FORM, "/people/*/who") == "two"
    assert siblings(FORM, "/people/*/who") == ["/people/*/who"]


@pytest.mark.parametrize(
    ("field", "before", "section", "order"),
    [
        ("/phone", "/name", None, ["/phone", "/name"]),
        ("/name", None, None, ["/phone", "/name"]),
        ("/phone", "/people", "two", ["/matter", "/phone", "/people"]),
        ("/phone", None, "two", ["/matter", "/people", "/phone"]),
        ("/loose", "/phone", "one", ["/name", "/loose", "/phone"]),
    ],
)
def test_a_field_is_placed_by_one_number(
    field: str, before: str | None, section: str | None, order: list[str]
) -> None:
    changes = put(FORM, BASE, field, before, section)
    made = after(FORM, changes)
    assert placed(made)[section or "one"] == order
    assert [one.op for one in changes].count("move") == 1


def test_a_field_at_the_end_of_its_section_goes_on_to_the_next() -> None:
    made = after(FORM, shifted(FORM, BASE, "/phone", False))
    assert placed(made)["two"] == ["/phone", "/matter", "/people"]
    back = after(made, shifted(made, BASE, "/phone", True))
    assert placed(back)["one"] == ["/name", "/phone"]
    assert shifted(FORM, BASE, "/name", True) == []
    assert shifted(FORM, BASE, "/people/*/who", False) == []


def test_fields_without_numbers_before_a_place_get_one() -> None:
    form = {**FORM, "ui": {"sections": FORM["ui"]["sections"], "fields": {}}}
    everything = ["/name", "/phone", "/matter", "/people", "/loose"]
    assert placed(form)[""] == everything
    made = after(form, put(form, BASE, "/loose", "/matter"))
    assert placed(made)[""] == ["/name", "/phone", "/loose", "/matter", "/people"]


@pytest.mark.parametrize("name", list(PALETTE))
def test_each_sort_of_field_makes_a_sound_form(name: str) -> None:
    more = {"taxonomy": "dispute"} if name == "taxonomy" else {"entity": "case"} if name == "record" else {}
    made = after(FORM, added(FORM, BASE, PALETTE[name], "新的一项", "/xin", "one", more))
    assert check_form(made) == []
    assert placed(made)["one"][-1] == "/xin"
    labels = {one.pointer: one.label for one in list_fields(made)}
    assert any(where.startswith("/xin") for where in labels)
    inside = after(FORM, added(FORM, BASE, PALETTE[name], "里面", "/people/*/xin", "two", more))
    assert members(inside, "/people/*") == ["/people/*/xin", "/people/*/who"]
    assert check_form(inside) == []


def test_the_palette_offers_each_control() -> None:
    assert {one.widget for one in PALETTE.values()} - {""} == set(WIDGETS) - NOT_OFFERED


def test_a_field_is_taken_out_with_all_that_is_said_of_it() -> None:
    made = after(FORM, taken_out(FORM, BASE, "/name"))
    assert "name" not in made["schema"]["properties"]
    assert made["schema"].get("required") is None
    assert made["ui"]["first"] == ["/matter"]
    assert check_form(made) == []
    without = after(FORM, taken_out(FORM, BASE, "/matter"))
    assert "allOf" not in without["schema"]
    table = after(FORM, taken_out(FORM, BASE, "/people"))
    assert not [one for one in table["ui"]["fields"] if one.startswith("/people")]


def made_up(title: str, taken: list[str]) -> str:
    return f"new_{len(taken)}"


def test_options_keep_their_codes_by_title_or_by_place() -> None:
    schema = {"type": "string", "oneOf": [{"const": "a", "title": "甲"}, {"const": "b", "title": "乙"}]}
    renamed = with_choices(schema, ["甲", "乙方"], made_up)
    assert choices_in(renamed) == [("a", "甲"), ("b", "乙方")]
    turned = with_choices(schema, ["乙", "甲"], made_up)
    assert choices_in(turned) == [("b", "乙"), ("a", "甲")]
    more = with_choices(schema, ["甲", "丙", "乙", "丁"], made_up)
    assert choices_in(more) == [("a", "甲"), ("new_3", "丙"), ("b", "乙"), ("new_5", "丁")]
    several = {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}
    assert choices_in(with_choices(several, ["x", "z", "w"], made_up))[0] == ("x", "x")  # type: ignore[index]


def test_pasted_lines_become_options() -> None:
    assert lines_of(" - 甲 \n\n• 乙\t丙\n甲\n") == ["甲", "乙 丙"]


def test_an_invented_matter_has_a_value_for_each_field() -> None:
    tree = Taxonomy.from_definition(
        {"title": "t", "terms": {"D": {"title": "上"}, "D1": {"title": "下", "parent": "D"}}}, "dispute"
    )
    form = after(
        FORM, added(FORM, BASE, PALETTE["taxonomy"], "类型", "/type", "one", {"taxonomy": "dispute"})
    )
    data = sample(list_fields(form), {"/name": "name"}, {"dispute": tree})
    assert data["name"] == "李桂芬"
    assert data["type"] == "D1"
    assert data["people"][0]["who"]
