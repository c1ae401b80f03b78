"""Versions of packs, in order."""

from __future__ import annotations

import re

# Every text that the schemas call a version, so that none is put in order as if it were the lowest.
_VERSION = re.compile(
    r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?:[-.]([0-9A-Za-z.-]*))?(?:\+[0-9A-Za-z.+-]*)?"
)
_DIGITS = 60  # more than a version has signs


def version_key(version: str) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
    """Return the key that puts versions in order: 1.2.0-rc.1 is before 1.2.0, and what follows + does not count."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return (0, 0, 0), False, ()
    parts = (found[4] or "").split(".") if found[4] else []
    later = tuple((not part.isdigit(), int(part[:_DIGITS]) if part.isdigit() else 0, part) for part in parts)
    return (int(found[1]), int(found[2]), int(found[3])), not parts, later
