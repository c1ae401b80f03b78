"""The form of values that are sealed under the key of their record, and what stands for those that are destroyed.

A sealed JSON value is ``{"sealed": "<text>"}``, a sealed text begins with ``sealed:``. Hashes of the audit go over this
form, so that they hold when nobody can open it any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.errors import msg

SEALED = "sealed"
TEXT = "sealed:"
# In the place of a value that cannot be opened any more: as JSON, and in words.
DESTROYED: Mapping[str, Any] = {"destroyed": True}
DESTROYED_TEXT = msg("Destroyed with its record")


def is_sealed_value(value: Any) -> bool:
    """Return whether a JSON value is sealed."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(SEALED), str)


def is_sealed_text(value: Any) -> bool:
    """Return whether a text is sealed."""
    return isinstance(value, str) and value.startswith(TEXT)


def is_destroyed(value: Any) -> bool:
    """Return whether a JSON value stands for one that cannot be opened any more."""
    return isinstance(value, Mapping) and dict(value) == DESTROYED
