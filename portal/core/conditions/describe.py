"""Say one atom of a trace in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.core.conditions.operators import OPERATORS
from portal.core.conditions.trace import CONCEALED, Trace
from portal.core.errors import Translator, fill, msg


def describe(trace: Trace, translate: Translator = str, labels: Mapping[str, str] | None = None) -> str:
    """Return one line such as ``Amount is at least 50000 (found 1200)`` for an atom."""
    if trace.note == CONCEALED:
        return translate(msg("a condition on something that is not shown to you"))
    operator = OPERATORS[trace.op]
    words = [(labels or {}).get(trace.field, trace.field), translate(operator.phrase)]
    if operator.operand == "nothing":
        return " ".join(words)
    words.append(_shown(trace.expected, translate))
    if trace.note == "missing":
        found = translate(msg("nothing given"))
    elif trace.note == "wrong_type":
        found = translate(msg("a value of another kind"))
    else:
        found = fill(translate(msg("found %(value)s")), {"value": _shown(trace.actual, translate)})
    return translate(msg("%(condition)s (%(found)s)")) % {"condition": " ".join(words), "found": found}


def _shown(value: Any, translate: Translator) -> str:
    if isinstance(value, bool):
        return translate(msg("yes")) if value else translate(msg("no"))
    if isinstance(value, list | tuple):
        return translate(msg(", ")).join(_shown(item, translate) for item in value)
    return value.isoformat() if isinstance(value, date) else str(value)
