"""The standing of a clock as one function of its facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.deadlines import Clock, End, Length, Period, WorkCalendar, nearest, state_of
from portal.core.zone import LOCAL

CALENDAR = WorkCalendar.from_definition(
    {
        "2026": {
            "holidays": ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05", "2026-10-01"],
            "workdays": ["2026-05-09", "2026-10-10"],
            "source": "test",
        }
    }
)
PLAIN = WorkCalendar()
UNITS = ("calendar_day", "working_day", "hour", "month")


def period(n: int, unit: str, whose: str = "handler") -> Period:
    length = {"n": n, "unit": unit}
    return Period.from_definition("T01", {"title": "期限", "whose": whose, "length": length})


def clock(start: date | datetime, whose: str = "handler", **facts: object) -> Clock:
    return Clock("T01", "", whose, "begun", start, **facts)


def far(state) -> date:
    """Return the due day; a clock that stands is due after all others."""
    return state.due_on or date.max


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
periods = st.builds(period, st.integers(0, 60), st.sampled_from(UNITS))
stands = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=3)


@st.composite
def clocks(draw, whose="handler"):
    """Return a clock that may have stood some times, one after the other, and may stand still."""
    made, day = clock(draw(days), whose), None
    day = made.start_day
    for after, long in draw(stands):
        made = made.paused(day + timedelta(after)).resumed(day + timedelta(after + long))
        day += timedelta(after + long)
    return made.paused(day) if draw(st.booleans()) else made


@given(clocks(), periods, st.integers(0, 60), st.integers(0, 30))
def test_a_pause_only_lengthens(facts, of, after, long):
    begin = facts.start_day + timedelta(after)
    before = far(state_of(facts, of, CALENDAR, begin))
    if facts.stands:
        facts = facts.resumed(facts.pauses[-1].start)
        before = far(state_of(facts, of, CALENDAR, begin))
    stood = facts.paused(begin).resumed(begin + timedelta(long))
    assert far(state_of(stood, of, CALENDAR, begin)) >= before
    assert far(state_of(facts.paused(begin), of, CALENDAR, begin)) >= before


@given(clocks(), periods, st.integers(0, 30), st.sampled_from(UNITS))
def test_an_extension_never_shortens_and_a_longer_one_reaches_further(facts, of, n, unit):
    today = facts.start_day
    plain = far(state_of(facts, of, CALENDAR, today))
    once = far(state_of(facts.extended(Length(n, unit)), of, CALENDAR, today))
    more = far(state_of(facts.extended(Length(n + 1, unit)), of, CALENDAR, today))
    assert plain <= once <= more


@given(clocks(), periods, st.integers(0, 90), st.integers(0, 400), st.integers(0, 30))
def test_an_end_fixes_the_standing_whatever_comes_later(facts, of, after, later, n):
    day = facts.start_day + timedelta(after)
    ended = facts.ended(day, "done")
    first = state_of(ended, of, CALENDAR, day)
    assert first.stored in ("in_time", "late")
    assert first.left is None
    again = ended.paused(day + timedelta(n + 1))
    assert state_of(again, of, CALENDAR, day + timedelta(later)) == first


@given(clocks(), periods, st.integers(0, 200))
def test_the_standing_follows_from_the_day_that_is_asked_about(facts, of, after):
    today = facts.start_day + timedelta(after)
    state = state_of(facts, of, CALENDAR, today)
    if state.due_on is None:
        assert state.state == "paused"
        assert facts.stands
    else:
        assert state.state == ("overdue" if state.due_on < today else "running")
    assert state.stored in ("running", "paused")


@given(clocks("party"), st.integers(0, 60), st.integers(0, 60))
def test_a_day_told_to_a_party_never_moves_earlier_by_working_it_out_again(facts, n, other):
    """Neither a shorter period nor another calendar brings it forward; the earlier day is there to be decided on."""
    told = state_of(facts, period(n, "working_day", "party"), CALENDAR, facts.start_day)
    if told.due_on is None:
        return
    kept = replace(facts, told=told.due_on)
    again = state_of(kept, period(other, "working_day", "party"), PLAIN, facts.start_day)
    free = state_of(facts, period(other, "working_day", "party"), PLAIN, facts.start_day)
    assert far(again) == max(told.due_on, far(free))
    assert again.earlier == (free.due_on if far(free) < told.due_on else None)


@given(periods, days, st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_pauses_told_in_the_order_of_their_days_stand_for_the_days_between(of, start, gaps):
    """Stopping a clock that stands, and letting one go on that runs, changes nothing."""
    made, day = clock(start), start
    for index, gap in enumerate(gaps):
        day += timedelta(gap)
        once = made.paused(day) if index % 2 == 0 else made.resumed(day)
        assert all(one.end is not None for one in once.pauses[:-1])
        twice = once.resumed(day + timedelta(1)) if index % 2 else once
        assert state_of(twice, of, CALENDAR, day) == state_of(once, of, CALENDAR, day)
        made = once


@pytest.mark.parametrize(
    ("start", "n", "unit", "due"),
    [
        ("2026-04-29", 2, "working_day", "2026-05-06"),  # over May Day
        ("2026-05-07", 2, "working_day", "2026-05-09"),  # the make-up Saturday counts
        ("2026-04-20", 11, "calendar_day", "2026-05-06"),  # the last day is May Day
        ("2026-04-29", 7, "calendar_day", "2026-05-06"),
        ("2026-09-30", 1, "working_day", "2026-10-02"),
    ],
)
def test_working_days_and_calendar_days_over_holidays(start, n, unit, due):
    facts = clock(date.fromisoformat(start))
    assert state_of(facts, period(n, unit), CALENDAR, facts.start_day).due_on == date.fromisoformat(due)


def test_hours_run_through_holidays_and_stand_on_days_that_stood():
    start = datetime(2026, 5, 1, 9, 30, tzinfo=LOCAL)
    facts, of = clock(start), period(24, "hour")
    state = state_of(facts, of, CALENDAR, start)
    assert (state.due_at, state.due_on) == (datetime(2026, 5, 2, 10, tzinfo=LOCAL), date(2026, 5, 2))
    assert (state.left, state.provisional) == (24, False)
    stood = facts.paused(date(2026, 5, 2)).resumed(date(2026, 5, 4))
    assert state_of(stood, of, CALENDAR, start).due_at == datetime(2026, 5, 4, 10, tzinfo=LOCAL)
    late = state_of(facts, of, CALENDAR, datetime(2026, 5, 2, 10, 1, tzinfo=LOCAL))
    assert (late.state, late.left) == ("overdue", -1)


def test_a_day_is_provisional_while_a_year_that_it_depends_on_has_no_calendar():
    over = clock(date(2026, 12, 20))
    assert state_of(over, period(60, "working_day"), CALENDAR, date(2026, 12, 20)).provisional
    assert state_of(over, period(60, "calendar_day"), CALENDAR, date(2026, 12, 20)).provisional
    assert not state_of(over, period(3, "working_day"), CALENDAR, date(2026, 12, 20)).provisional
    # Days of the year before only count where working days are counted.
    before = clock(date(2025, 12, 20))
    assert not state_of(before, period(60, "calendar_day"), CALENDAR, date(2026, 1, 1)).provisional
    assert state_of(before, period(60, "working_day"), CALENDAR, date(2026, 1, 1)).provisional


def test_what_is_left_is_counted_as_the_period_counts():
    facts, today = clock(date(2026, 4, 29)), date(2026, 4, 30)
    assert state_of(facts, period(3, "working_day"), CALENDAR, today).left == 2
    assert state_of(facts, period(10, "calendar_day"), CALENDAR, today).left == 9  # the 9th is worked
    late = state_of(facts, period(1, "working_day"), CALENDAR, date(2026, 5, 7))
    assert (late.state, late.left) == ("overdue", -2)
    stands = facts.paused(date(2026, 5, 1))
    state = state_of(stands, period(10, "calendar_day"), CALENDAR, date(2026, 6, 1))
    assert (state.state, state.due_on, state.left) == ("paused", None, 8)


def test_an_end_is_in_time_on_the_last_day_and_while_the_clock_stands():
    facts, of, today = clock(date(2026, 6, 1)), period(10, "calendar_day"), date(2026, 7, 1)
    assert state_of(facts.ended(date(2026, 6, 11), "done"), of, CALENDAR, today).state == "in_time"
    assert state_of(facts.ended(date(2026, 6, 12), "done"), of, CALENDAR, today).state == "late"
    stands = facts.paused(date(2026, 6, 5)).ended(date(2026, 9, 1), "done")
    assert state_of(stands, of, CALENDAR, today).state == "in_time"
    stopped = replace(facts, end=End(date(2026, 9, 1), stopped=True))
    assert state_of(stopped, of, CALENDAR, today).state == "stopped"


def test_a_clock_without_a_period_has_the_day_that_it_was_given():
    facts = clock(date(2026, 6, 1), fixed=date(2026, 6, 6))
    assert state_of(facts, None, CALENDAR, date(2026, 6, 1)).due_on == date(2026, 6, 6)
    assert state_of(facts, None, CALENDAR, date(2026, 6, 8)).state == "overdue"


def test_the_nearest_day_is_one_of_centre_or_handler_that_still_runs():
    def due(n: int, **facts: object):
        return state_of(clock(date(2026, 6, 1), **facts), period(n, "calendar_day"), PLAIN, date(2026, 6, 1))

    ended = due(1, end=End(date(2026, 6, 1), "done"))
    found = [
        ("party", due(2)),
        ("outside", due(3)),
        ("handler", ended),
        ("centre", due(9)),
        ("handler", due(7)),
    ]
    assert nearest(found) == due(7).due_on
    assert nearest(found[:3]) is None
