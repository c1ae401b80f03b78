"""The fields of a form as other definitions name them: by pointer, with a type."""

from __future__ import annotations

from typing import Any

from portal.core.conditions import FieldType
from portal.core.errors import DefinitionError
from portal.core.forms import FieldInfo, list_fields

# Problems of the ui part that leave the fields of the schema readable.
_OF_UI = frozenset({"ui.field", "ui.when"})


def known_fields(definition: Any) -> dict[str, FieldType] | None:
    """Return the fields of a form by data pointer, the objects and lists that hold them included.

    None for a form that is missing or can't be compiled: that is reported as such, and nothing can be said of
    those who name its fields.
    """
    fields = _listed(definition)
    if fields is None:
        return None
    found: dict[str, FieldType] = {}
    for info in fields:
        found[info.pointer] = FieldType(info.type, info.taxonomy or "", info.label)
        above = info.pointer.rpartition("/")[0]
        while above:
            found.setdefault(above, FieldType("any"))
            above = above.rpartition("/")[0]
    return found


def known_options(definition: Any) -> dict[str, dict[str, str]]:
    """Return the options of each field of a form that has a closed list of texts: value to label."""
    return {
        info.pointer: dict(info.options)
        for info in _listed(definition) or ()
        if info.options and all(isinstance(value, str) for value, _ in info.options)
    }


def _listed(definition: Any) -> list[FieldInfo] | None:
    """Return the fields of a form; where only its ui part is wrong, those that its schema has all the same."""
    if not isinstance(definition, dict) or not isinstance(definition.get("schema"), dict):
        return None
    try:
        return list_fields(definition)
    except DefinitionError as error:
        if not all(problem.code in _OF_UI for problem in error.problems):
            return None
        wrong = {problem.params.get("field") for problem in error.problems}
    ui = definition["ui"]
    shown = {
        pointer: {key: value for key, value in field.items() if key != "when"}
        for pointer, field in ui["fields"].items()
        if pointer not in wrong
    }
    sections = ui.get("sections", {})
    try:
        return list_fields({**definition, "ui": {"fields": shown, "sections": sections}})
    except DefinitionError:
        return None
