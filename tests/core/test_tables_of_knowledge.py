"""What follows from the tables of kinds and widgets: no list of names is kept beside them."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core import kinds, widgets
from portal.core.forms import compile_form, list_fields
from portal.core.forms.ui import _FIELD_KEYS, _KEYS, _SECTION_KEYS
from portal.core.kinds import KINDS
from portal.core.packs import schemas
from portal.core.packs.schemas import check_complete
from portal.core.widgets import WIDGETS
from portal.web.forms.fields import FIELD_TYPES


def form(widget: str, schema: Any) -> dict[str, Any]:
    return {
        "title": "表",
        "kind": "form",
        "schema": {"type": "object", "properties": {"a": schema}},
        "ui": {"fields": {"/a": {"widget": widget}}},
    }


@pytest.mark.parametrize("widget", list(WIDGETS))
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "object"},
        {"enum": ["x", "y"]},
        {"type": "array", "items": {"type": "string"}},
    ],
)
def test_each_widget_passes_the_schema_and_the_compiler_anywhere(widget: str, schema: Any) -> None:
    definition = form(widget, schema)
    assert check_complete("form-definition", definition) == []
    assert [info.pointer for info in list_fields(definition)] == ["/a"]


@pytest.mark.parametrize("widget", ["password", "object", "table", "multiselect", "hologram"])
def test_other_widgets_are_refused_by_both(widget: str) -> None:
    definition = form(widget, {"type": "string"})
    assert [problem.pointer for problem in check_complete("form-definition", definition)] == [
        "/ui/fields/~1a/widget"
    ]
    with pytest.raises(Exception, match=r"ui\.value"):
        compile_form(definition)


def test_the_schema_and_the_reader_of_the_ui_part_know_the_same_settings() -> None:
    ui = schemas.published("form-definition")["properties"]["ui"]["properties"]
    assert set(ui) == _KEYS
    assert set(ui["fields"]["additionalProperties"]["properties"]) == _FIELD_KEYS
    assert set(ui["sections"]["additionalProperties"]["properties"]) == _SECTION_KEYS


def test_names_in_the_tables_lead_somewhere() -> None:
    for kind in KINDS.values():
        assert kind.widget in WIDGETS, kind.name
    for widget in WIDGETS.values():
        assert not widget.kind or widget.kind in KINDS, widget.name
        assert widget.field in FIELD_TYPES or widget.name in ("hidden", "list"), widget.name
    assert set(widgets.by_format().values()) <= set(WIDGETS)
    assert {kind.name for kind in kinds.by_format().values()} <= set(KINDS)


@pytest.mark.parametrize(
    ("schema", "widget", "kind"),
    [
        ({"type": "string"}, "", "string"),
        ({"type": "integer"}, "", "integer"),
        ({"type": "number"}, "money", "money"),
        ({"type": "string", "format": "date-time"}, "", "datetime"),
        ({"type": "string", "format": "time"}, "", "time"),
        ({"type": "string"}, "unit", "unit"),
        ({"type": "boolean"}, "checkbox", "boolean"),
        ({"type": "array", "items": {"type": "string"}}, "", "strings"),
        ({"type": "object"}, "json", "any"),
    ],
)
def test_the_kind_of_a_field(schema: Any, widget: str, kind: str) -> None:
    definition = form(widget, schema) if widget else {**form("text", schema), "ui": {}}
    assert list_fields(definition)[0].type == kind
