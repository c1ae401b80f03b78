"""Every period of the pack against days that were worked out by hand, from the law's text and the published calendar.

``periods_by_hand.json`` holds them: the event and the day from which a period runs, what stands in between, the last
day, and why it is that day. Nothing in it was computed; the first day is never counted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.core.calendars import WorkCalendar
from portal.core.deadlines import Clock, periods, state_of

ROWS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("periods_by_hand.json").read_text("utf-8"))
REASONS = {
    "plain",
    "weekend",
    "holiday",
    "made_up",
    "short_month",
    "provisional",
    "pause",
    "extension",
    "hours",
}


@pytest.fixture(scope="module")
def found(shipped):
    return periods(shipped.bundle("base")["deadlines"])


@pytest.fixture(scope="module")
def calendar(shipped):
    return WorkCalendar.from_definition(shipped.bundle("base")["calendar"])


def moment(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['period']}-{row['start']}-{row['reason']}" for row in ROWS])
def test_the_last_day_is_that_of_the_law(found, calendar, row):
    period = found[row["period"]]
    key = row.get("length", "")
    variant = period.variants[key]
    assert row["event"] in variant.starts
    clock = Clock(period.code, key, variant.whose, row["event"], moment(row["start"]))
    for since, until in row.get("pauses", ()):
        clock = clock.paused(date.fromisoformat(since)).resumed(date.fromisoformat(until))
    if row.get("extended"):
        clock = clock.extended(period.extension.length)
    state = state_of(clock, period, calendar, clock.start)
    assert (state.due_at or state.due_on) == moment(row["due"]), row["why"]
    assert state.provisional is row.get("provisional", False)


def test_each_period_has_its_days_with_what_may_lengthen_it(found):
    told = defaultdict(list)
    for row in ROWS:
        told[row["period"]].append(row)
    assert set(told) == set(found)
    assert len(found) == 54
    for code, period in found.items():
        assert {row.get("length", "") for row in told[code]} == set(period.variants), code
        assert any(row.get("extended") for row in told[code]) == (period.extension is not None), code
        assert any(row.get("pauses") for row in told[code]) == bool(period.pauses), code
        starts = {event for variant in period.variants.values() for event in variant.starts}
        assert {row["event"] for row in told[code]} == starts, code


def test_the_days_show_every_rule_of_counting():
    reasons = defaultdict(set)
    for row in ROWS:
        reasons[row["reason"]].add(row["period"])
        assert row["why"]
    assert set(reasons) == {*REASONS, "begins_anew"}
    assert all(len(reasons[reason]) >= 2 for reason in REASONS - {"hours"})


def test_each_period_has_the_days_of_every_kind_that_can_matter_to_it(found):
    """A rest day at the end or in between, a day of made-up work where working days count, a year not published yet."""
    for code, period in found.items():
        told = [row for row in ROWS if row["period"] == code]
        for key, variant in period.variants.items():
            own = [row for row in told if row.get("length", "") == key]
            reasons = {row["reason"] for row in own}
            if variant.length.unit == "hour":
                # Hours run through days off, and no calendar moves them.
                assert reasons == {"hours"}
                continue
            assert any(row.get("provisional") for row in own), (code, key, "a year that is not published")
            resting = {"weekend", "holiday", "provisional"}
            if variant.length.unit == "working_day" and variant.length.n:
                assert "made_up" in reasons, (code, key, "a day of made-up work")
            else:
                assert reasons & (resting - {"provisional"}), (code, key, "a day off at its end")
