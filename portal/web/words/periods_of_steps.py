"""The periods that a step ends, such as that of a revisit: whether one runs, and until when."""

from __future__ import annotations

import datetime as dt

from portal.core.lifecycle import Transition
from portal.web.words.case import Case


def days_it_ends(case: Case, step: Transition) -> list[dt.date | None]:
    """Return the days of the periods that run and that a step ends, such as that of a revisit, the first one first."""
    ends = _events_of(case, step)
    return [
        one.state.due_on
        for one in case.clocks
        if one.state.is_live and one.period and ends & set(one.period.ends)
    ]


def asked_by_period(case: Case, step: Transition) -> bool:
    """Tell whether a step ends a period of the release, whether or not it runs."""
    ends = _events_of(case, step)
    return any(ends & set(one.ends) for one in case.screen.bundle.periods.values())


def _events_of(case: Case, step: Transition) -> set[str]:
    return {
        code
        for code, one in case.screen.bundle.raw.get("events", {}).items()
        if any(way.get("step") == step.id for way in one.get("arises", ()))
    }
