"""What became of a value, as the smallest changes of a draft: maps member by member, all else as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.drafts import Change
from portal.core.editors.converting import ABSENT


def changes(before: Any, after: Any, at: str) -> list[Change]:
    """Return the changes that make one value of another at a place; ABSENT is nothing there."""
    return [
        Change("replace", where, None if old is ABSENT else old, None if new is ABSENT else new)
        for where, old, new in _steps(before, after, at)
    ]


def _steps(before: Any, after: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and before and after:
        for key in (*before, *(key for key in after if key not in before)):
            where = pointers.join([key], at)
            yield from _steps(before.get(key, ABSENT), after.get(key, ABSENT), where)
    elif (before is ABSENT) != (after is ABSENT) or (
        before is not ABSENT and canonical(before) != canonical(after)
    ):
        yield at, before, after
