"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def escape(part: str) -> str:
    """Return one reference token, escaped."""
    return part.replace("~", "~0").replace("/", "~1")


def join(parts: Iterable[str | int], base: str = "") -> str:
    """Return ``base`` extended by ``parts``."""
    return base + "".join("/" + escape(str(p)) for p in parts)


def split(pointer: str) -> list[str]:
    """Return the unescaped tokens of ``pointer``; the empty pointer has none."""
    if not pointer:
        return []
    return [p.replace("~1", "/").replace("~0", "~") for p in pointer.removeprefix("/").split("/")]


_MISSING = object()


def get(value: Any, pointer: str, default: Any = None) -> Any:
    """Return what ``pointer`` names inside ``value``, or ``default``."""
    for part in split(pointer):
        if isinstance(value, dict):
            value = value.get(part, _MISSING)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
        if value is _MISSING:
            return default
    return value
