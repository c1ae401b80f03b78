"""The form of values that are encrypted under the key of their record, and what stands for those that are destroyed.

An encrypted JSON value is stored as ``{"sealed": "<text>"}``, an encrypted text begins with ``sealed:``. Hashes of the
audit go over this form, so that they hold when nobody can open it any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.errors import msg

# What is stored is never rewritten: the marks keep the word they had when the first values were written.
VALUE = "sealed"
TEXT = "sealed:"
# In the place of a value that cannot be opened any more: as JSON, and in words.
DESTROYED: Mapping[str, Any] = {"destroyed": True}
DESTROYED_TEXT = msg("Destroyed with its record")


def is_encrypted_value(value: Any) -> bool:
    """Return whether a JSON value is encrypted."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(VALUE), str)


def is_encrypted_text(value: Any) -> bool:
    """Return whether a text is encrypted."""
    return isinstance(value, str) and value.startswith(TEXT)


def is_destroyed(value: Any) -> bool:
    """Return whether a JSON value stands for one that cannot be opened any more."""
    return isinstance(value, Mapping) and dict(value) == DESTROYED
