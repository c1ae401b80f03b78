"""Edits of lists: ``{"$add": [...], "$remove": [...]}`` where a pack above has a list."""

from __future__ import annotations

from typing import Any

_EDIT_KEYS = frozenset({"$add", "$remove"})


def is_list_edit(value: Any) -> bool:
    """Tell whether ``value`` edits a list instead of replacing it."""
    return (
        isinstance(value, dict)
        and bool(value)
        and value.keys() <= _EDIT_KEYS
        and all(isinstance(items, list) for items in value.values())
    )
