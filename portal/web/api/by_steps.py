"""What steps alone fill in: shown to programs like to people, and taken from neither as part of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.web.words.screen import Screen

BY_STEPS = msg("“%(field)s” is filled in by the steps of the record, not by its data: leave it as it is")


def require_unchanged(screen: Screen, before: Mapping[str, Any], after: Any) -> None:
    """Raise InvalidInput where data hold another value of a read-only field than there was before.

    On pages such fields are shown and not sent. Rows that a record takes over from its whole are looked after there.
    """
    problems = [
        Problem("field.by_steps", BY_STEPS, {"field": screen.infos[where].label}, pointer=where)
        for where in screen.by_steps
        if list(pointers.values(before, where)) != list(pointers.values(after, where))
    ]
    if problems:
        raise InvalidInput("field.by_steps", msg("Please correct what is marked"), problems=problems)
