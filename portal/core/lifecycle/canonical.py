"""The common stages, in the order of a matter's course, and what each is called across centres."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from portal.core.errors import msg

CANONICAL: Mapping[str, str] = MappingProxyType(
    {
        "discover": msg("Discovery"),
        "intake": msg("Intake"),
        "analyse": msg("Analysis"),
        "appraise": msg("Appraisal"),
        "assign": msg("Assignment"),
        "mediate": msg("Mediation"),
        "handle": msg("Handling"),
        "adjudicate": msg("Adjudication"),
        "supervise": msg("Supervision"),
        "feedback": msg("Feedback"),
        "close": msg("Concluded"),
        "revisit": msg("Revisit"),
        "evaluate": msg("Evaluation"),
        "archive": msg("Archived"),
    }
)
_ORDER = tuple(CANONICAL)


def is_work(canonical: str) -> bool:
    """Tell whether a matter in a common stage was accepted and is not over: after intake, before the end."""
    return _ORDER.index("intake") < _ORDER.index(canonical) < _ORDER.index("close")
