"""The time zone of the centres: all of China keeps Beijing time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

NAME = "Asia/Shanghai"
OFFSET = "+08:00"  # as the controls of forms write it behind a day with time
LOCAL = ZoneInfo(NAME)
_EARLIEST, _LATEST = dt.date(2, 1, 1), dt.date(9998, 12, 31)


def begin_of(day: dt.date) -> dt.datetime:
    """Return the moment at which a day begins; a day at the edge of all days stands for the one beside it.

    The first day begins in the year before the first in other zones, and no day follows the last.
    """
    return dt.datetime.combine(min(max(day, _EARLIEST), _LATEST), dt.time(), LOCAL)


def end_of(day: dt.date) -> dt.datetime:
    """Return the moment at which a day is over."""
    return begin_of(day) + dt.timedelta(days=1)
