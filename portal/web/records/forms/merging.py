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
    result = mine
    for where, choice in choices.items():
        if choice == THEIRS:
            value = pointer.get(theirs, where, _ABSENT)
            kept = value is not _ABSENT
            result = pointer.put(result, where, value) if kept else pointer.without(result, where)
    return copy.deepcopy(result)


def choices_in(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the choices a person made, by pointer."""
    return {
        key.removeprefix(CHOICE): value
        for key, value in pairs.items()
        if key.startswith(CHOICE) and value in (MINE, THEIRS)
    }
