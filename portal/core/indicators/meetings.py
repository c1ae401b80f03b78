"""Meetings as packs say them: how often, which figures and which matters are laid before one, in which sections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.errors import msg
from portal.core.indicators.model import Period
from portal.core.text import Text

WEEK = "week"
FIGURES, UNITS, LAST, MATTERS, DECISIONS = "figures", "units", "last", "matters", "decisions"
ASSIGNED, EVIDENCE = "assigned", "evidence"
SECTIONS: Mapping[str, str] = {
    FIGURES: msg("Figures"),
    UNITS: msg("By unit"),
    ASSIGNED: msg("Assignments by unit"),
    EVIDENCE: msg("What the figures say, and where that is written"),
    LAST: msg("What was decided last time"),
    MATTERS: msg("Matters to talk about"),
    DECISIONS: msg("What is decided"),
}
# What a paper holds where its kind does not say.
USUAL = (FIGURES, UNITS, LAST, MATTERS, DECISIONS)
# By what a matter is laid before a meeting.
OVERDUE, RETURNED, REPEATED = "overdue", "returned", "repeated"
CHOICES: Mapping[str, str] = {
    OVERDUE: msg("overdue"),
    RETURNED: msg("handed back twice or more"),
    REPEATED: msg("registered again"),
}


@dataclass(frozen=True, slots=True)
class Days:
    """Some days one after another, as a period of figures."""

    first: dt.date
    after: dt.date

    @property
    def last(self) -> dt.date:
        """Return the last day."""
        return self.after - dt.timedelta(days=1)

    @property
    def before(self) -> Days:
        """Return as many days right before: for whole months the months before."""
        if self.first.day == 1 and self.after.day == 1:
            months = (self.after.year - self.first.year) * 12 + self.after.month - self.first.month
            earlier = Period(self.first.year, self.first.month, months).before
            return Days(earlier.first, earlier.after)
        return Days(self.first - (self.after - self.first), self.first)


@dataclass(frozen=True, slots=True)
class MeetingKind:
    """One kind of meeting, compiled."""

    id: str
    title: Text
    every: str
    sections: tuple[str, ...]
    indicators: tuple[str, ...]
    choose: tuple[str, ...]
    most: int


def meeting_kinds(settings: Mapping[str, Any]) -> dict[str, MeetingKind]:
    """Compile the meetings of a release, those that are hidden left out."""
    raw: Mapping[str, Any] = settings.get("board", {}).get("meetings", {})
    found = {
        key: MeetingKind(
            key,
            one["title"],
            one["every"],
            tuple(one.get("sections", USUAL)),
            tuple(one["indicators"]),
            tuple(one.get("choose", CHOICES)),
            one.get("most", 10),
        )
        for key, one in raw.items()
        if not one.get("hidden")
    }
    order = {WEEK: 0, "month": 1, "quarter": 2}
    return dict(sorted(found.items(), key=lambda pair: (order[pair[1].every], pair[0])))


def last_ended(every: str, today: dt.date) -> Days:
    """Return the week (from Monday), month or quarter that ended last."""
    if every == WEEK:
        monday = today - dt.timedelta(days=today.weekday())
        return Days(monday - dt.timedelta(days=7), monday)
    period = Period.of(today, every).before
    return Days(period.first, period.after)


def number_of(every: str, days: Days) -> tuple[int, int]:
    """Return the year and the number within it: of the week as calendars count, of the month or of the quarter."""
    if every == WEEK:
        year, week, _ = days.first.isocalendar()
        return year, week
    return days.first.year, days.first.month if every == "month" else (days.first.month + 2) // 3
