"""Options of fields that a release says elsewhere: windows and rooms of the layout, names of departments.

A field of such a format is given its options when its form is compiled, so that pages, checks, lists and the API treat
it like any other choice. Options belong to the release: an older record keeps those of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.layout.model import visible
from portal.core.table import Table, derived
from portal.core.text import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Source:
    """One source of options: the format that asks for them, and the value with the title of each.

    ``or_words`` lets people write their own words where a release has none of them; what a source ``suggests`` stands
    beside a line of text, in which they may write any other.
    """

    name: str
    format: str
    options: Callable[[Mapping[str, Any]], list[tuple[str, Any]]]
    or_words: bool = False
    suggests: bool = False


def _rooms(bundle: Mapping[str, Any]) -> list[tuple[str, Any]]:
    layout = bundle.get("layout") or {}
    return [(key, room["title"]) for key, room in visible(layout.get("rooms")) if room.get("bookable")]


def _windows(bundle: Mapping[str, Any]) -> list[tuple[str, Any]]:
    layout = bundle.get("layout") or {}
    return [(key, window["title"]) for key, window in visible(layout.get("windows"))]


def _departments(bundle: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the names of departments, as they are written into the record: in the language of the release."""
    known = sorted(visible(bundle.get("departments")), key=lambda pair: (pair[1].get("order", 0), pair[0]))
    names = [one["name"] for _, one in known]
    texts = [name if isinstance(name, str) else name.get(DEFAULT_LANGUAGE, "") for name in names]
    return [(text, text) for text in dict.fromkeys(texts) if text]


SOURCES: Table[Source] = Table(
    "sources of options",
    Source("rooms", "room-code", _rooms),
    Source("windows", "window-code", _windows, or_words=True),
    Source("departments", "department-name", _departments, suggests=True),
)


@derived
def _by_format() -> Mapping[str, Source]:
    return {one.format: one for one in SOURCES.values()}


def with_options(definition: Mapping[str, Any], bundle: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a form definition with the options that a release gives its fields; the same one where it gives none."""
    schema = definition.get("schema")
    given = _given(schema, bundle)
    return definition if given is schema else {**definition, "schema": given}


def _given(node: Any, bundle: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        source = _by_format().get(str(node.get("format", "")))
        options = source.options(bundle) if source is not None and "oneOf" not in node else []
        if source is not None and source.suggests:
            plain = {key: part for key, part in node.items() if key != "format"}
            return {**plain, "examples": [value for value, _ in options]} if options else plain
        if options:
            return {**node, "oneOf": [{"const": value, "title": title} for value, title in options]}
        if source is not None and source.or_words and "oneOf" not in node:
            return {key: part for key, part in node.items() if key != "format"}
        found = {key: _given(part, bundle) for key, part in node.items()}
        return found if any(found[key] is not part for key, part in node.items()) else node
    if isinstance(node, list):
        parts = [_given(part, bundle) for part in node]
        return parts if any(one is not part for one, part in zip(parts, node, strict=True)) else node
    return node
