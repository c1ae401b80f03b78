"""What steps alone fill in: shown to programs like to people, and taken from neither as part of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.sessions import brings_of
from portal.web.words.screen import Screen

BY_STEPS = msg("“%(field)s” is filled in by the steps of the record, not by its data: leave it as it is")


def require_unchanged(screen: Screen, before: Mapping[str, Any], after: Any) -> None:
    """Raise InvalidInput where data hold another value of a read-only field than there was before.

    On pages such fields are shown and not sent. Rows that a record takes over from its whole are looked after there.
    """
    problems = [
        Problem("field.by_steps", BY_STEPS, {"field": screen.infos[where].label}, pointer=where)
        for where in _readonly(screen)
        if list(pointers.values(before, where)) != list(pointers.values(after, where))
    ]
    if problems:
        raise InvalidInput("field.by_steps", msg("Please correct what is marked"), problems=problems)


def _readonly(screen: Screen) -> Iterator[str]:
    brought = tuple(f"{where}/" for where in brings_of(screen.entity.entity))
    ui = screen.form.ui
    for where in screen.infos:
        parts = pointers.split(where)
        around = (pointers.join(parts[:length]) for length in range(1, len(parts) + 1))
        if not where.startswith(brought) and any(ui.of(one).readonly for one in around):
            yield where
