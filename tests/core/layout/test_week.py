"""The week of those stationed: halves of days, what collides, what stays empty, and rosters filled and cleared."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from portal.core.layout import Layout
from portal.core.layout.week import Clash, clashes, cleared, filled, free_slot, gaps, week_of

MONDAY = date(2026, 11, 30)
DEPARTMENTS = {key: {"name": key} for key in ("labour", "union", "court", "women")}


def hall(**stays: dict[str, Any]) -> Layout:
    definition = {
        "centre": {"name": "中心", "agency": "综"},
        "zones": {"a": {"title": "区"}},
        "windows": {
            "six": {"title": "劳动维权", "zone": "a", "number": 6, "department": "labour"},
            "one": {"title": "综合", "zone": "a", "number": 1},
        },
        "rooms": {"talk": {"title": "调解室", "zone": "a", "kind": "mediation"}},
        "stationing": stays,
    }
    return Layout.from_definition(definition, DEPARTMENTS)


def stay(department: str, place: dict[str, str], *roster: dict[str, Any], **more: Any) -> dict[str, Any]:
    mode = "rotating" if roster else "resident"
    made = {"department": department, "mode": mode, "place": place, **more}
    return made | ({"roster": list(roster)} if roster else {})


SIX, TALK = {"window": "six"}, {"room": "talk"}


def at(layout: Layout) -> list[tuple[str, int, str, bool]]:
    return sorted((one.department, one.day, one.half, one.single) for one in week_of(layout, MONDAY).shifts)


def test_a_week_shows_weekdays_halves_and_single_days() -> None:
    layout = hall(
        a=stay("labour", SIX, {"weekdays": [1, 3]}, {"weekdays": [5], "half": "morning"}),
        b=stay("union", SIX, {"dates": ["2026-12-01"], "half": "afternoon"}, {"dates": ["2026-12-08"]}),
        c=stay("court", TALK, {"weekdays": [2]}, until="2026-11-30"),
    )
    assert at(layout) == [
        ("labour", 1, "day", False),
        ("labour", 3, "day", False),
        ("labour", 5, "morning", False),
        ("union", 2, "afternoon", True),
    ]


def test_two_departments_at_a_window_collide_only_in_the_same_half() -> None:
    whole = {"weekdays": [3]}
    after, before = whole | {"half": "afternoon"}, whole | {"half": "morning"}
    both = hall(a=stay("labour", SIX, before), b=stay("union", SIX, after))
    assert clashes(week_of(both, MONDAY)) == []
    (one,) = clashes(week_of(hall(a=stay("labour", SIX, whole), b=stay("union", SIX, after)), MONDAY))
    assert (one.half, one.same_place, one.first.day) == ("afternoon", True, 3)
    assert clashes(week_of(hall(a=stay("labour", TALK, whole), b=stay("union", TALK, whole)), MONDAY)) == []
    always = clashes(week_of(hall(a=stay("labour", SIX), b=stay("union", SIX, whole)), MONDAY))
    assert [(clash.half, clash.second.department) for clash in always] == [("day", "union")]


def test_a_department_at_two_places_at_once_collides() -> None:
    twice = hall(a=stay("labour", SIX, {"weekdays": [1]}), b=stay("labour", TALK, {"weekdays": [1, 2]}))
    (one,) = clashes(week_of(twice, MONDAY))
    assert not one.same_place
    assert one.half == "day"


def test_a_window_of_a_department_without_anyone_is_a_gap() -> None:
    layout = hall(a=stay("labour", SIX, {"weekdays": [1, 2, 3]}, {"weekdays": [4], "half": "morning"}))
    found = [(gap.window, gap.day, gap.half) for gap in gaps(layout, week_of(layout, MONDAY))]
    assert found == [("six", 4, "afternoon"), ("six", 5, "day")]
    settled = hall(a=stay("labour", SIX))
    assert gaps(settled, week_of(settled, MONDAY)) == []


def test_a_repair_is_a_day_on_which_nothing_collides() -> None:
    layout = hall(
        a=stay("labour", SIX, {"weekdays": [1, 3, 5]}),
        b=stay("union", SIX, {"weekdays": [2], "half": "morning"}, {"weekdays": [3], "half": "afternoon"}),
    )
    week = week_of(layout, MONDAY)
    (clash,) = clashes(week)
    assert isinstance(clash, Clash)
    assert free_slot(layout, week, clash.second) == (4, "afternoon")
    full = hall(a=stay("labour", SIX), b=stay("union", SIX, {"weekdays": [3]}))
    assert free_slot(full, week_of(full, MONDAY), week_of(full, MONDAY).shifts[0]) is None


@pytest.mark.parametrize(
    ("before", "days", "half", "after"),
    [
        (None, [2], "day", [{"weekdays": [2]}]),
        ([{"weekdays": [1]}], [3, 2], "day", [{"weekdays": [1, 2, 3]}]),
        ([{"weekdays": [2], "half": "morning"}], [2], "afternoon", [{"weekdays": [2]}]),
        (
            [{"dates": ["2026-12-01"]}],
            [1],
            "morning",
            [{"weekdays": [1], "half": "morning"}, {"dates": ["2026-12-01"]}],
        ),
    ],
)
def test_a_roster_is_filled(before: Any, days: list[int], half: str, after: Any) -> None:
    assert filled(before, days, half) == after


def test_a_roster_is_cleared_by_halves_and_keeps_its_single_days() -> None:
    roster = [{"weekdays": [1, 2]}, {"dates": ["2026-12-01"]}]
    assert cleared(roster, [2], "morning") == [
        {"weekdays": [1]},
        {"weekdays": [2], "half": "afternoon"},
        {"dates": ["2026-12-01"]},
    ]
    assert cleared([{"weekdays": [1]}], [1], "day") == []


def test_filling_and_clearing_a_roster_at_random_are_sets_of_halves() -> None:
    chance = random.Random(7)
    roster: list[dict[str, Any]] = []
    slots: set[tuple[int, str]] = set()
    for _ in range(500):
        day, half = chance.randint(1, 7), chance.choice(["day", "morning", "afternoon"])
        halves = {"morning", "afternoon"} if half == "day" else {half}
        if chance.random() < 0.5:
            roster, slots = filled(roster, [day], half), slots | {(day, one) for one in halves}
        else:
            roster, slots = cleared(roster, [day], half), slots - {(day, one) for one in halves}
        said = {
            (day, one)
            for entry in roster
            for day in entry["weekdays"]
            for one in ([entry["half"]] if "half" in entry else ["morning", "afternoon"])
        }
        assert said == slots
