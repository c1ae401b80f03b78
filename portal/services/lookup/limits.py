"""How often a code may be tried, and how long an answer takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LookupLimits:
    """The limits of looking up.

    ``failures`` wrong numbers close a code for ``window``; ``per_address`` wrong look-ups from one address within
    ``address_window`` are as many as it may have. Each answer takes ``step`` or a multiple of it, whatever was found.
    """

    failures: int = 5
    window: dt.timedelta = dt.timedelta(hours=1)
    per_address: int = 30
    address_window: dt.timedelta = dt.timedelta(minutes=10)
    step: dt.timedelta = dt.timedelta(milliseconds=400)
    # So long the questions after closing may be answered by the page that was opened.
    ticket: dt.timedelta = dt.timedelta(hours=1)
