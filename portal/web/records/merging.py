"""Two versions of a record, field by field: what differs, and one made of both by a person's choices."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from portal.core import pointer

MINE, THEIRS = "mine", "theirs"
CHOICE = "choose:"
_ABSENT = object()


def merged(theirs: Any, mine: Any, choices: Mapping[str, str]) -> Any:
    """Return ``mine`` with the values of ``theirs`` wherever the choice says so."""
    result = copy.deepcopy(mine)
    for where, choice in choices.items():
        if choice == THEIRS:
            put(result, where, pointer.get(theirs, where, _ABSENT))
    return result


def put(data: Any, where: str, value: Any) -> None:
    """Set the value at a pointer inside objects; a value that is not there is taken away."""
    *path, last = pointer.split(where)
    for part in path:
        if not isinstance(data, dict):
            return
        data = data.setdefault(part, {})
    if not isinstance(data, dict):
        return
    if value is _ABSENT:
        data.pop(last, None)
    else:
        data[last] = copy.deepcopy(value)


def choices_in(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the choices a person made, by pointer."""
    return {
        key.removeprefix(CHOICE): value
        for key, value in pairs.items()
        if key.startswith(CHOICE) and value in (MINE, THEIRS)
    }
