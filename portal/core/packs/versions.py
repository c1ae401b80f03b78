"""Versions of packs, in order."""

from __future__ import annotations

import re

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:[-.]([0-9A-Za-z.-]+))?(?:\+.*)?")


def version_key(version: str) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
    """Return the key that puts versions in order: 1.2.0-rc.1 is before 1.2.0, and what follows + does not count."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return (0, 0, 0), False, ()
    parts = (found[4] or "").split(".") if found[4] else []
    later = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
    return (int(found[1]), int(found[2]), int(found[3])), not parts, later
