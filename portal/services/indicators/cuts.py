"""Ends of months, and now, as rows of a statement: what stood at each of them is counted at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Date, Integer, literal, select, union_all

from portal.core.indicators import Period
from portal.core.zone import LOCAL, begin_of
from portal.persistence.types import UtcDateTime

NOW = 0
# So many months that have ended are kept for what stands at a cut-off: as far back as boards go, and a year more.
MONTHS_BACK = 37


@dataclass(frozen=True, slots=True)
class Cuts:
    """Moments with the month that each one ends; the number of now is none of a month."""

    rows: CTE

    @classmethod
    def of(cls, months: Iterable[Period], now: dt.datetime) -> Cuts:
        """Return the ends of months, and now."""
        ends = [(one.keys[0], begin_of(one.after), one.after) for one in months]
        each = [*ends, (NOW, now, now.astimezone(LOCAL).date())]
        selects = [
            select(
                literal(month, Integer).label("month"),
                literal(until, UtcDateTime).label("until"),
                literal(day, Date).label("day"),
            )
            for month, until, day in each
        ]
        return cls(union_all(*selects).cte("cuts"))

    @property
    def month(self) -> Any:
        """Return the column of the month."""
        return self.rows.c.month

    @property
    def until(self) -> Any:
        """Return the column of the moment."""
        return self.rows.c.until

    @property
    def day(self) -> Any:
        """Return the column of the day."""
        return self.rows.c.day


def cut_months(now: dt.datetime) -> list[Period]:
    """Return the months that have ended, as far back as what stood at their end is kept."""
    month = Period.of(now.astimezone(LOCAL).date())
    return [month.moved(-at) for at in range(MONTHS_BACK, 0, -1)]
