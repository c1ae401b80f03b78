"""The moment from which on something takes effect, as a form says it."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.zone import LOCAL

# Outside of these years a moment can't be kept in every zone; nobody means one.
_YEARS = range(2000, 3000)


def moment_of(text: str) -> dt.datetime:
    """Return the day and the time in the centre's zone; InvalidInput for what is none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = dt.datetime.min
    if found.tzinfo is not None or found.year not in _YEARS:
        told = msg("Say the day and the time at which it takes effect")
        raise InvalidInput("draft.moment", told, problems=[Problem("draft.moment", told)])
    return found.replace(tzinfo=LOCAL)
