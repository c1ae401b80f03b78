"""The fields of a form as other definitions name them: by pointer, with a type."""

from __future__ import annotations

from typing import Any

from portal.core.conditions import FieldType
from portal.core.errors import DefinitionError
from portal.core.forms import list_fields


def known_fields(definition: Any) -> dict[str, FieldType] | None:
    """Return the fields of a form by data pointer, the objects and lists that hold them included.

    None for a form that is missing or can't be compiled: that is reported as such, and nothing can be said of
    those who name its fields.
    """
    if not isinstance(definition, dict) or not isinstance(definition.get("schema"), dict):
        return None
    try:
        fields = list_fields(definition)
    except DefinitionError:
        return None
    found: dict[str, FieldType] = {}
    for info in fields:
        found[info.pointer] = FieldType(info.type, info.taxonomy or "", info.label)
        above = info.pointer.rpartition("/")[0]
        while above:
            found.setdefault(above, FieldType("any"))
            above = above.rpartition("/")[0]
    return found
