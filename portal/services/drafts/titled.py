"""Findings of a check by titles: where a check names an identifier, the draft knows what that is called."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from portal.core.columns import COLUMNS
from portal.core.editors.titles import Titles, is_code
from portal.core.effects import EFFECTS
from portal.core.errors import Problem, Words

_BETWEEN = re.compile("(”、“|、|, )")


def titled(problem: Problem, titles: Titles) -> Problem:
    """Return a problem whose words name things by their titles; its place and its consequences likewise."""
    return replace(
        problem,
        params={name: _said(value, titles) for name, value in problem.params.items()},
        place=tuple(Words(one.message, _params(one, titles)) for one in problem.place),
        cause=titled(problem.cause, titles) if problem.cause is not None else None,
        consequences=tuple(titled(one, titles) for one in problem.consequences),
    )


def _params(words: Words, titles: Titles) -> dict[str, Any]:
    return {name: _said(value, titles) for name, value in words.params.items()}


def _said(value: Any, titles: Titles) -> Any:
    if isinstance(value, Words):
        return Words(value.message, _params(value, titles))
    if not isinstance(value, str) or not value:
        return value
    if is_code(value):
        if value in EFFECTS:
            return Words(EFFECTS[value].words)
        column = COLUMNS.get(value.removeprefix("/record/"))
        return titles.defined(value) or (Words(column.title) if column is not None else value)
    pieces = _BETWEEN.split(value)
    return "".join(titles.defined(one) or one if is_code(one) else one for one in pieces)
