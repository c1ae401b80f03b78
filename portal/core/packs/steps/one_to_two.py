"""Format 1 -> 2."""

from __future__ import annotations

from typing import Any

from portal.core.packs.steps import Change, Content, by_section

# Each section that format 2 writes differently: how its map, whole or a patch, is written anew.
SECTIONS: dict[str, Change] = {}


def step(content: Content) -> dict[str, Any]:
    """Return content of format 1 in format 2."""
    return by_section(content, SECTIONS)
