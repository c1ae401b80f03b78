"""Formats in time: content of any format that was ever in use, read as the current one.

What is stored, and its digest, is never rewritten: the steps run in memory, on each reading.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from portal.core.errors import Problem, msg
from portal.core.packs.steps import Content, Step, one_to_two

CURRENT = 2
# Each format that was in use before: the step to the next one.
STEPS: Mapping[int, Step] = {1: one_to_two.step}
# For each of them, where the next format has what it has at a bundle pointer.
POINTERS: Mapping[int, Callable[[str], str]] = {1: one_to_two.pointer}


def upgrade(content: Content, number: int, to: int = CURRENT) -> dict[str, Any]:
    """Return content of format ``number`` as format ``to`` has it; nothing of what is given is changed."""
    if number == to:
        return dict(content)
    upgraded: dict[str, Any] = copy.deepcopy(dict(content))
    for known in range(number, to):
        upgraded = STEPS[known](upgraded)
    return upgraded


def upgrade_pointer(pointer: str, number: int, to: int = CURRENT) -> str:
    """Return the bundle pointer of format ``to`` for a place that format ``number`` has at ``pointer``."""
    for known in range(number, to):
        pointer = POINTERS[known](pointer)
    return pointer


def is_known(number: int) -> bool:
    """Tell whether this portal reads a format."""
    return 1 <= number <= CURRENT


def newer_format(what: str, number: int, file: str = "") -> Problem:
    """Return the problem of something written in a format that a later portal brought."""
    return Problem(
        "pack.format",
        msg("%(what)s is written in format %(format)s; this portal knows formats up to %(current)s"),
        {"what": what, "format": number, "current": CURRENT},
        file,
        "/format" if file else "",
        msg("Update the portal"),
    )
