from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.deadlines import Length, Pause, Period, WorkCalendar, due, due_on
from portal.core.errors import DefinitionError

CALENDAR = WorkCalendar.from_definition(
    {
        "2026": {
            "holidays": ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05", "2026-10-01"],
            "workdays": ["2026-05-09"],
            "source": "test",
        }
    }
)
PLAIN = WorkCalendar()


def days(n):
    return Length(n, "calendar_day")


def working(n):
    return Length(n, "working_day")


def test_a_make_up_saturday_is_worked_and_a_holiday_is_not():
    assert CALENDAR.is_working(date(2026, 5, 9))
    assert not CALENDAR.is_working(date(2026, 5, 10))
    assert not CALENDAR.is_working(date(2026, 5, 4))
    assert PLAIN.is_working(date(2026, 5, 4))
    assert CALENDAR.covers(2026)
    assert not CALENDAR.covers(2027)


@pytest.mark.parametrize(
    ("start", "length", "last"),
    [
        ("2026-04-20", days(5), "2026-04-27"),  # ends on Saturday the 25th, moves to Monday
        ("2026-04-20", days(10), "2026-04-30"),
        ("2026-04-20", days(11), "2026-05-06"),  # ends on May Day
        ("2026-04-29", working(1), "2026-04-30"),
        ("2026-04-30", working(1), "2026-05-06"),
        ("2026-05-06", working(3), "2026-05-09"),  # the make-up Saturday counts
        ("2026-05-06", working(0), "2026-05-06"),
        ("2026-05-02", working(0), "2026-05-06"),
        ("2026-01-31", Length(1, "month"), "2026-03-02"),  # 28 February is a Saturday
        ("2025-11-30", Length(3, "month"), "2026-03-02"),
        ("2024-02-29", Length(1, "year"), "2025-02-28"),
        ("2025-10-01", Length(1, "year"), "2026-10-02"),
        ("2026-03-15", Length(6, "month"), "2026-09-15"),
    ],
)
def test_periods_end_as_the_law_counts(start, length, last):
    assert due_on(CALENDAR, date.fromisoformat(start), length) == date.fromisoformat(last)


def test_days_on_which_the_clock_stood_are_not_counted():
    pause = Pause(date(2026, 6, 5), date(2026, 6, 10))
    assert due_on(PLAIN, date(2026, 6, 1), days(7), pauses=[pause]) == date(2026, 6, 15)
    assert due_on(PLAIN, date(2026, 6, 1), working(5), pauses=[pause]) == date(2026, 6, 11)
    assert due_on(PLAIN, date(2026, 6, 1), days(3), pauses=[pause]) == date(2026, 6, 4), (
        "over before it stood"
    )


def test_while_the_clock_stands_no_day_can_be_told():
    assert due_on(PLAIN, date(2026, 6, 1), days(7), pauses=[Pause(date(2026, 6, 5))]) is None


def test_an_extension_joins_the_period_before_it_is_moved():
    # 60 + 30 days from acceptance, not 30 days from the moved last day
    joined = due_on(CALENDAR, date(2026, 3, 3), days(60), extension=days(30))
    assert joined == due_on(CALENDAR, date(2026, 3, 3), days(90))
    assert due_on(PLAIN, date(2026, 1, 15), Length(3, "month"), extension=days(10)) == date(2026, 4, 27)


def test_hours_skip_the_hour_in_which_they_start():
    order = Period.from_definition(
        "T43",
        {
            "title": "人身安全保护令",
            "starts": "受理",
            "length": {"n": 72, "unit": "hour"},
            "who": "法院",
            "source": "s",
        },
    )
    assert due(PLAIN, order, datetime(2026, 5, 1, 10, 20)) == datetime(2026, 5, 4, 11)


def test_a_deadline_with_several_lengths_is_asked_by_key():
    mediation = Period.from_definition(
        "T12",
        {
            "title": "委托调解",
            "starts": "收到材料",
            "lengths": {
                "ordinary": {"n": 15, "unit": "calendar_day"},
                "summary": {"n": 7, "unit": "calendar_day"},
            },
        },
    )
    start = date(2026, 6, 1)
    assert due(PLAIN, mediation, start) == date(2026, 6, 16)
    assert due(PLAIN, mediation, start, key="summary") == date(2026, 6, 8)
    with pytest.raises(DefinitionError, match=r"deadline\.length"):
        due(PLAIN, mediation, start, key="other")


starts = st.dates(date(2025, 1, 1), date(2027, 12, 31))
lengths = st.builds(
    Length,
    st.integers(0, 60),
    st.sampled_from(["calendar_day", "working_day", "month"]),
)


@given(starts, lengths)
def test_a_period_ends_on_a_working_day_not_before_it_starts(start, length):
    last = due_on(CALENDAR, start, length)
    assert last >= start
    assert CALENDAR.is_working(last)


@given(starts, st.integers(0, 60))
def test_a_longer_period_never_ends_earlier(start, n):
    for unit in ("calendar_day", "working_day", "month", "year"):
        if unit == "year" and n > 20:
            continue
        assert due_on(CALENDAR, start, Length(n, unit)) <= due_on(CALENDAR, start, Length(n + 1, unit))


@given(starts, st.integers(1, 40))
def test_as_many_working_days_lie_in_a_period_as_it_counts(start, n):
    last = due_on(CALENDAR, start, working(n))
    span = (start + timedelta(days=step) for step in range(1, (last - start).days + 1))
    assert sum(map(CALENDAR.is_working, span)) == n


@given(starts, lengths, st.integers(1, 20), st.integers(0, 20))
def test_a_pause_never_brings_the_end_forward(start, length, after, pause_days):
    begin = start + timedelta(days=after)
    pause = Pause(begin, begin + timedelta(days=pause_days))
    assert due_on(CALENDAR, start, length, pauses=[pause]) >= due_on(CALENDAR, start, length)


@given(starts, st.integers(1, 40), st.integers(1, 10), st.integers(1, 10))
def test_a_pause_inside_a_period_adds_its_days(start, n, after, pause_days):
    begin = start + timedelta(days=min(after, n))
    pause = Pause(begin, begin + timedelta(days=pause_days))
    expected = PLAIN.next_working(start + timedelta(days=n + pause_days))
    assert due_on(PLAIN, start, days(n), pauses=[pause]) == expected
