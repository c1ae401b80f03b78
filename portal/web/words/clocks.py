"""Clocks in words: whose a period is, how it stands, what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from portal.core.deadlines.clock import IN_TIME, LATE, OVERDUE, PAUSED, RUNNING, STOPPED
from portal.core.deadlines.model import OWNERS
from portal.core.errors import msg
from portal.services.records import ClockView
from portal.web.language import translate
from portal.web.words.screen import Screen

STATES = MappingProxyType(
    {
        RUNNING: (msg("running"), "info"),
        PAUSED: (msg("the clock stands"), "neutral"),
        OVERDUE: (msg("overdue"), "danger"),
        IN_TIME: (msg("ended in time"), "good"),
        LATE: (msg("ended late"), "warning"),
        STOPPED: (msg("stopped"), "neutral"),
    }
)
# What a period means that is past: a party's right and another body's duty are told, not demanded.
_PASSED = msg("passed")
_DAYS = MappingProxyType(
    {
        "working_day": (msg("%(n)s working days left"), msg("%(n)s working days over")),
        "hour": (msg("%(n)s hours left"), msg("%(n)s hours over")),
        "": (msg("%(n)s days left"), msg("%(n)s days over")),
    }
)
# One of each has words of its own in languages that count.
_ONE = MappingProxyType(
    {
        "working_day": (msg("1 working day left"), msg("1 working day over")),
        "hour": (msg("1 hour left"), msg("1 hour over")),
        "": (msg("1 day left"), msg("1 day over")),
    }
)
_TODAY = msg("due today")
# From so many hours on nobody counts hours: they are told in whole days.
_COUNTED_HOURS = 72


@dataclass(frozen=True, slots=True)
class ClockWords:
    """A clock as people read it."""

    view: ClockView
    title: str
    variant: str
    whose: str
    whose_words: str
    state_words: str
    tone: str
    left: str
    source: str
    started_by: str
    of_referral: bool

    @property
    def name(self) -> str:
        """Return what is to be done by its day: of a referral's the report, which is no second period of the law."""
        return translate(msg("Report of the unit")) if self.of_referral and self.view.period else self.title

    @property
    def counted_as(self) -> str:
        """Return by which length it is counted, where its name does not say so."""
        if self.of_referral and self.view.period:
            return translate(msg("counted as: %(period)s"), period=self.title)
        return self.variant


def clock_words(screen: Screen, view: ClockView) -> ClockWords:
    """Return a clock in the language of the page."""
    clock, state, period = view.clock, view.state, view.period
    events = screen.bundle.raw.get("events", {})
    words, tone = STATES[state.state]
    if state.state == OVERDUE and clock.whose in ("party", "outside"):
        words, tone = _PASSED, "warning"
    of_referral = view.row.referral_id is not None
    title = (
        screen.texts(period.title) if period is not None else translate(msg("Day given with the referral"))
    )
    return ClockWords(
        view,
        title,
        screen.texts(view.variant.title) if view.variant is not None else "",
        clock.whose,
        translate(OWNERS[clock.whose]),
        translate(words),
        tone,
        left_words(view),
        screen.texts(period.source) if period is not None else "",
        screen.texts(events.get(clock.event, {}).get("title", "")),
        of_referral,
    )


def left_words(view: ClockView) -> str:
    """Return the time that is left, or by which it is over; empty for a clock that ended."""
    left = view.state.left
    if left is None:
        return ""
    unit = view.variant.length.unit if view.variant is not None else ""
    due_on = view.state.due_on
    if left == 0 and unit != "hour" and due_on is not None and view.state.state != OVERDUE:
        return translate(_TODAY)
    if unit == "hour" and abs(left) >= _COUNTED_HOURS:
        unit, left = "", left // 24
    words = _ONE if abs(left) == 1 else _DAYS
    more, over = words.get(unit, words[""])
    return translate(more, n=left) if left >= 0 else translate(over, n=-left)
