"""The clock: the only place where the portal asks what time it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Protocol

from portal.core.zone import LOCAL


class Clock(Protocol):
    """What gives the current moment and the current day."""

    def now(self) -> dt.datetime:
        """Return the current moment, in UTC."""

    def today(self) -> dt.date:
        """Return the current day where the centres are."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The computer's clock."""

    def now(self) -> dt.datetime:
        """Return the current moment, in UTC."""
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        """Return the current day where the centres are."""
        return self.now().astimezone(LOCAL).date()


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for stories, demo data and tests."""

    moment: dt.datetime

    @classmethod
    def on(cls, day: dt.date, hour: int = 10) -> FixedClock:
        """Return a clock that shows ``hour`` o'clock local time of ``day``."""
        return cls(dt.datetime(day.year, day.month, day.day, hour, tzinfo=LOCAL).astimezone(dt.UTC))

    def now(self) -> dt.datetime:
        """Return the moment the clock shows, in UTC."""
        return self.moment

    def today(self) -> dt.date:
        """Return the local day the clock shows."""
        return self.moment.astimezone(LOCAL).date()

    def later(self, **amount: float) -> FixedClock:
        """Return a clock that shows a later moment."""
        return replace(self, moment=self.moment + dt.timedelta(**amount))
