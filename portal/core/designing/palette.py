"""What can be added to a form: each sort of field with the schema it begins with; controls come from their table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import msg
from portal.core.table import Table

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offered:
    """A sort of field: its words, its picture, and what its schema and its control begin with.

    ``asks`` names what has to be chosen for it, such as its classification.
    """

    name: str
    title: str
    icon: str
    schema: Json
    ui: Json = field(default_factory=dict)
    asks: str = ""
    often: bool = True  # offered at once; the others unfold

    @property
    def widget(self) -> str:
        """Return the control by which it is entered."""
        return str(self.ui.get("widget", ""))


def _text(limit: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "maxLength": limit, **more}


_OPTIONS = [
    {"const": "option_1", "title": "选项一"},
    {"const": "option_2", "title": "选项二"},
]
_LINE = {"content": {"type": "string", "title": "内容", "maxLength": 200}}

PALETTE: Table[Offered] = Table(
    "sorts of fields that are added to forms",
    Offered("text", msg("One line of text"), "pencil", _text(100), {"widget": "text"}),
    Offered(
        "textarea",
        msg("Several lines of text"),
        "notes",
        _text(1000),
        {"widget": "textarea", "width": "full"},
    ),
    Offered("number", msg("A number"), "sort-ascending", {"type": "number"}, {"widget": "number"}),
    Offered("money", msg("Amount of yuan"), "coin", {"type": "number", "minimum": 0}, {"widget": "money"}),
    Offered("date", msg("A day"), "calendar", {"type": "string", "format": "date"}, {"widget": "date"}),
    Offered(
        "datetime",
        msg("Day and time"),
        "clock",
        {"type": "string", "format": "date-time"},
        {"widget": "datetime"},
        often=False,
    ),
    Offered(
        "time",
        msg("Time of day"),
        "clock",
        {"type": "string", "format": "time"},
        {"widget": "time"},
        often=False,
    ),
    Offered("select", msg("Choose one"), "list", {"type": "string", "oneOf": _OPTIONS}, {"widget": "select"}),
    Offered(
        "radio",
        msg("Choose one, all in view"),
        "circle-dot",
        {"type": "string", "oneOf": _OPTIONS},
        {"widget": "radio"},
        often=False,
    ),
    Offered(
        "checkboxes",
        msg("Choose several"),
        "list-check",
        {"type": "array", "uniqueItems": True, "items": {"type": "string", "oneOf": _OPTIONS}},
        {"widget": "checkboxes", "width": "full"},
    ),
    Offered("boolean", msg("Yes or no"), "switch-horizontal", {"type": "boolean"}, {"widget": "radio"}),
    Offered("checkbox", msg("A tick"), "check", {"type": "boolean"}, {"widget": "checkbox"}, often=False),
    Offered(
        "taxonomy",
        msg("A term of a classification"),
        "category",
        {"type": "string", "format": "taxonomy-code"},
        {"widget": "taxonomy"},
        asks="taxonomies",
    ),
    Offered(
        "place", msg("A place"), "map-pin", {"type": "string", "format": "unit-code"}, {"widget": "place"}
    ),
    Offered(
        "department",
        msg("One department"),
        "building",
        {"type": "string", "format": "unit-code"},
        {"widget": "department"},
    ),
    Offered(
        "unit",
        msg("A place or a department"),
        "sitemap",
        {"type": "string", "format": "unit-code"},
        {"widget": "unit"},
        often=False,
    ),
    Offered(
        "record",
        msg("Another record"),
        "link",
        {"type": "string", "format": "record-uid"},
        {"widget": "record"},
        asks="entities",
        often=False,
    ),
    Offered(
        "phone",
        msg("Telephone number"),
        "phone",
        _text(100, format="cn-phone"),
        {"widget": "phone", "sensitivity": "personal"},
    ),
    Offered(
        "id_number",
        msg("Identity number"),
        "id",
        _text(30, format="cn-id-number"),
        {"widget": "id_number", "sensitivity": "sensitive"},
    ),
    Offered(
        "email", msg("E-mail address"), "mail", _text(100, format="email"), {"widget": "email"}, often=False
    ),
    Offered("url", msg("Web address"), "world", _text(300, format="uri"), {"widget": "url"}, often=False),
    Offered(
        "group",
        msg("A group of fields"),
        "package",
        {"type": "object", "properties": _LINE},
        {"width": "full"},
    ),
    Offered(
        "table",
        msg("A small table"),
        "table",
        {"type": "array", "maxItems": 50, "items": {"type": "object", "properties": _LINE}},
        {"widget": "list", "width": "full"},
    ),
    Offered(
        "file",
        msg("Files"),
        "paperclip",
        {"type": "array", "maxItems": 20, "items": {"type": "string", "format": "attachment"}},
        {"widget": "file", "width": "full"},
    ),
)
# Controls that no field begins with: values that nobody enters, and the text of what no control shows.
NOT_OFFERED = frozenset({"hidden", "json"})
