"""Working calendars by state, and files of years."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from portal.core.calendars import GAZETTED, PROVISIONAL, WorkCalendar, years_over
from portal.core.packs.years import ends_soon, read_year

FIXED = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]


def year_file(**changes: Any) -> dict[str, Any]:
    """A year as it could be published."""
    return {
        "year": 2027,
        "state": GAZETTED,
        "notice": "国办发明电〔2026〕9号",
        "source": "国务院办公厅关于2027年部分节假日安排的通知",
        "holidays": [
            "2027-01-01",
            {"name": "春节", "from": "2027-02-05", "to": "2027-02-12"},
            {"name": "劳动节", "from": "2027-05-01", "to": "2027-05-05"},
            {"name": "国庆节", "from": "2027-10-01", "to": "2027-10-07"},
        ],
        "workdays": ["2027-02-14", "2027-10-09"],
        **changes,
    }


def told(**changes: Any) -> list[tuple[str, str]]:
    year, problems = read_year(json.dumps(year_file(**changes)), file="2027.json")
    assert (year is None) == bool(problems)
    return [(one.code, one.pointer) for one in problems]


def test_a_year_that_nobody_published_has_the_fixed_days_off_and_is_provisional() -> None:
    calendar = WorkCalendar()
    assert not calendar.covers(2027)
    for day in FIXED:
        assert not calendar.is_working(date.fromisoformat(f"2027-{day}"))
    assert calendar.is_working(date(2027, 10, 4))
    assert not calendar.is_working(date(2027, 10, 9))


def test_a_provisional_year_has_its_own_days_and_the_fixed_ones() -> None:
    calendar = WorkCalendar.from_definition(
        {
            "2027": {
                "state": PROVISIONAL,
                "holidays": ["2027-02-08"],
                "workdays": ["2027-02-14"],
                "source": "预计",
            }
        }
    )
    assert not calendar.covers(2027)
    assert [calendar.is_working(date(2027, 2, day)) for day in (8, 9, 14)] == [False, True, True]
    assert not calendar.is_working(date(2027, 10, 1))


def test_a_published_year_is_what_it_says_and_nothing_besides() -> None:
    calendar = WorkCalendar.from_definition({"2020": {"holidays": [], "workdays": [], "source": "x"}})
    assert calendar.covers(2020), "a year without a state was published: older releases say none"
    assert calendar.is_working(date(2020, 10, 1))


def test_what_is_expected_never_covers_what_was_published() -> None:
    published, expected = {"state": GAZETTED, "source": "a"}, {"state": PROVISIONAL, "source": "b"}
    later = {"state": GAZETTED, "source": "c"}
    assert years_over({"2027": published}, {"2027": expected}) == {"2027": published}
    assert years_over({"2027": expected}, {"2027": published}) == {"2027": published}
    assert years_over({"2027": published}, {"2027": later}) == {"2027": later}
    assert years_over({"2027": expected}, {"2027": {**expected, "source": "d"}})["2027"]["source"] == "d"
    assert years_over({"2026": published}, {"2027": later}).keys() == {"2026", "2027"}


def test_a_calendar_ends_where_the_years_after_one_another_end() -> None:
    def ends(*years: str) -> date | None:
        return WorkCalendar.from_definition({year: {"source": "x"} for year in years}).ends

    assert ends("2025", "2026") == date(2026, 12, 31)
    assert ends("2025", "2027") == date(2025, 12, 31), "a year between is missing"
    assert ends() is None
    early, late = date(2026, 8, 1), date(2026, 11, 28)
    assert ends_soon(date(2026, 12, 31), early) is None
    warning = ends_soon(date(2026, 12, 31), late)
    assert warning is not None
    assert (warning.code, warning.severity) == ("calendar.ends", "warning")
    assert ends_soon(None, early) is not None


def test_a_file_of_a_year_is_read_with_its_spans() -> None:
    year, problems = read_year(json.dumps(year_file()))
    assert problems == []
    assert year is not None
    assert (year.year, year.state, year.days["notice"]) == (2027, GAZETTED, "国办发明电〔2026〕9号")
    assert len(year.days["holidays"]) == 1 + 8 + 5 + 7
    assert year.days["holidays"][1] == "2027-02-05"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"notice": " "}, [("calendar.notice", "/notice")]),
        ({"workdays": ["2027-02-15"]}, [("calendar.workday", "/workdays/0")]),
        ({"workdays": ["2026-02-14"]}, [("calendar.year", "/workdays/0")]),
        ({"workdays": ["2027-10-02"]}, [("calendar.both", "/workdays/0")]),
        ({"year": 27}, [("schema.minimum", "/year")]),
        ({"state": "maybe"}, [("schema.enum", "/state")]),
    ],
)
def test_a_slip_in_a_file_is_told_at_its_place(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert told(**changes) == expected


def test_all_slips_of_a_file_are_told_at_once() -> None:
    holidays = [*year_file()["holidays"][:3], {"from": "2027-10-07", "to": "2027-10-01"}, "2027-01-01"]
    found = told(notice="", holidays=holidays, workdays=["2027-02-15", "2028-01-01"])
    assert found == [("schema.minLength", "/notice")], (
        "a file that does not fit its description is told that first"
    )
    del (file := year_file(holidays=holidays, workdays=["2027-02-15", "2028-01-01"]))["notice"]
    _, problems = read_year(json.dumps(file))
    assert {one.code for one in problems} == {
        "calendar.notice",
        "calendar.span",
        "calendar.twice",
        "calendar.fixed",
        "calendar.count",
        "calendar.workday",
        "calendar.year",
    }


def test_a_provisional_year_needs_no_notice_and_no_whole_list() -> None:
    file = year_file(state=PROVISIONAL, holidays=["2027-01-01"], workdays=[])
    del file["notice"]
    year, problems = read_year(json.dumps(file))
    assert problems == []
    assert year is not None
    assert year.state == PROVISIONAL
