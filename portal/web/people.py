"""Names of persons, as all pages write them."""

from __future__ import annotations

from typing import Any

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def person_name(user: Any) -> str:
    """Return a person's name the way it is written: family name first where it is Chinese."""
    first, last = user.first_name or "", user.last_name or ""
    if any(ch in _LATIN for ch in first + last):
        return f"{first} {last}".strip()
    return f"{last}{first}"
