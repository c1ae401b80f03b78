"""Who is there on a day: hours of the centre, calendar and roster together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.calendars import WorkCalendar
from portal.core.layout import Layout, OnCall, Seat, duty_of, is_open, is_there, next_open, off_duty, resolve
from tests.core.layout.test_layout import DEPARTMENTS, LAYOUT

CALENDAR = WorkCalendar.from_definition(
    {
        "2026": {
            "holidays": ["2026-05-01", "2026-05-02", "2026-05-04"],
            "workdays": ["2026-05-09"],
            "source": "x",
        }
    }
)
# Friday the 8th is named by a roster; Saturday the 9th is worked; Monday the 4th is a holiday.
HOLIDAY, TUESDAY, WEDNESDAY, SATURDAY_OFF, MADE_UP = (
    date(2026, 5, 4),
    date(2026, 5, 5),
    date(2026, 5, 6),
    date(2026, 5, 16),
    date(2026, 5, 9),
)


def layout(open_on: Any = None, **stationing: Any) -> Layout:
    centre = LAYOUT["centre"] | ({"open_on": open_on} if open_on else {})
    stays = LAYOUT["stationing"] | stationing
    return Layout.from_definition({**LAYOUT, "centre": centre, "stationing": stays}, DEPARTMENTS)


def there(found: Layout, stay: str, day: date) -> bool:
    (one,) = (one for one in found.stationing if one.id == stay)
    return is_there(found, one, day, CALENDAR)


@pytest.mark.parametrize(
    ("open_on", "opened"),
    [
        (None, {"holiday": False, "tuesday": True, "saturday": False, "made_up": True}),
        ("working_days", {"holiday": False, "tuesday": True, "saturday": False, "made_up": True}),
        ("every_day", {"holiday": True, "tuesday": True, "saturday": True, "made_up": True}),
        ({"weekdays": [1, 6]}, {"holiday": False, "tuesday": False, "saturday": True, "made_up": True}),
    ],
)
def test_a_centre_is_open_on_the_days_it_says_and_a_resident_department_is_there_with_it(
    open_on: Any, opened: dict[str, bool]
) -> None:
    centre = layout(open_on)
    days = {"holiday": HOLIDAY, "tuesday": TUESDAY, "saturday": SATURDAY_OFF, "made_up": MADE_UP}
    assert {name: is_open(centre, day, CALENDAR) for name, day in days.items()} == opened
    assert {name: there(centre, "justice", day) for name, day in days.items()} == opened


def test_a_roster_counts_on_open_days_and_a_single_day_of_it_always() -> None:
    named = {"department": "women", "mode": "rotating", "place": {"window": "w1"}}
    centre = layout(women=named | {"roster": [{"weekdays": [1, 3, 6]}, {"dates": ["2026-05-17"]}]})
    assert not there(centre, "women", HOLIDAY), "a Monday of the roster, and a holiday"
    assert there(centre, "women", WEDNESDAY)
    assert not there(centre, "women", SATURDAY_OFF), "the centre is closed"
    assert there(centre, "women", date(2026, 5, 17)), "a Sunday that the roster names"
    assert not there(centre, "police", WEDNESDAY), "who is on call is not there"


def test_the_next_day_of_a_department_that_is_not_there_is_told() -> None:
    centre = layout()
    (court,) = (one for one in centre.stationing if one.id == "court")
    duty = duty_of(centre, court, WEDNESDAY, CALENDAR)
    assert (duty.present, duty.next_on) == (False, date(2026, 5, 12))
    assert duty_of(centre, court, TUESDAY, CALENDAR).next_on is None
    last = duty_of(centre, court, date(2026, 6, 30), CALENDAR)
    assert (last.present, last.next_on) == (True, None)
    found = off_duty(centre, "court", WEDNESDAY, CALENDAR)
    assert found is not None
    assert found.next_on == date(2026, 5, 12)
    assert off_duty(centre, "police", WEDNESDAY, CALENDAR) is None, "on call, stationed nowhere"
    assert off_duty(centre, "tax", WEDNESDAY, CALENDAR) is None
    assert next_open(centre, SATURDAY_OFF, CALENDAR) == date(2026, 5, 18)


def test_what_comes_in_on_a_closed_day_waits_for_the_next_open_one() -> None:
    centre, monday = layout(), date(2026, 5, 18)
    assert resolve(centre, {"department": "justice"}, SATURDAY_OFF, CALENDAR) == Seat(
        "justice", "room", "r2", "justice", "resident", monday
    )
    assert resolve(centre, {"window": "w1"}, SATURDAY_OFF, CALENDAR) == Seat(
        "women", "window", "w1", "women", "rotating", monday
    )
    assert resolve(centre, {"department": "police"}, SATURDAY_OFF, CALENDAR) == OnCall(
        "police", "police", None, monday
    )
    assert resolve(centre, {"department": "court"}, SATURDAY_OFF, CALENDAR) is None, (
        "not there on Monday either"
    )
    assert resolve(centre, {"department": "justice"}, MADE_UP, CALENDAR) == Seat(
        "justice", "room", "r2", "justice", "resident"
    )


def test_the_end_of_all_days_is_no_error() -> None:
    assert next_open(layout({"weekdays": [1]}), date.max, CALENDAR) is None
