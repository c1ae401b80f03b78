"""The plan of a hall: an arrangement without gaps in its rules, positions that hold, moves between zones, faults."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import portal
from portal.core.layout.plan import ROOMS, WIDE, WINDOWS, ZONES, Box, drawing_faults, moved, plan_of
from portal.core.packs.schemas import check_complete

ROOT = Path(portal.__file__).parent.parent
SHIPPED = sorted((ROOT / "seed").rglob("layout.json"))


def hall(windows: int = 2, rooms: int = 3, **zone: Any) -> dict[str, Any]:
    return {
        "centre": {"name": "中心", "agency": "综"},
        "zones": {"a": {"title": "甲区", "order": 1, **zone}, "b": {"title": "乙区", "order": 2}},
        "windows": {f"w{n}": {"title": f"窗口{n}", "zone": "a", "order": n} for n in range(windows)},
        "rooms": {
            f"r{n}": {"title": f"室{n}", "zone": "b", "kind": "office", "order": n} for n in range(rooms)
        },
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_each_shipped_hall_is_arranged_without_overlaps(path: Path) -> None:
    layout = json.loads(path.read_text(encoding="utf-8"))
    plan = plan_of(layout)
    for one, other in combinations(plan.spots, 2):
        if (one.group == ZONES) == (other.group == ZONES):
            assert not one.box.meets(other.box), (one.key, other.key)
    assert list(drawing_faults(layout)) == []


@pytest.mark.parametrize(("windows", "rooms"), [(0, 0), (1, 1), (17, 19), (8, 40), (60, 0)])
def test_all_that_is_in_a_zone_lies_in_it_and_in_the_plan(windows: int, rooms: int) -> None:
    plan = plan_of(hall(windows, rooms))
    assert len(plan.spots) == 2 + windows + rooms
    for spot in plan.spots:
        assert spot.box.x >= 0
        assert spot.box.right <= WIDE
        assert spot.box.bottom <= plan.height
        zone = plan.find(ZONES, spot.zone)
        assert zone is None or zone.box.holds(spot.box)


def test_a_position_holds_and_nothing_else_jumps() -> None:
    before = plan_of(hall())
    layout = hall()
    layout["rooms"]["r1"]["position"] = {"x": 3, "y": 2, "w": 5, "h": 4}
    after = plan_of(layout)
    corner = after.find(ZONES, "b")
    room = after.find(ROOMS, "r1")
    assert corner is not None
    assert room is not None
    assert room.drawn
    assert room.box == Box(corner.box.x + 3, corner.box.y + 2, 5, 4)
    for spot in before.spots:
        if spot.id != "r1":
            found = after.find(spot.group, spot.id)
            assert found is not None
            assert found.box == spot.box


def test_a_zone_takes_along_what_is_in_it() -> None:
    layout = hall(position={"x": 2, "y": 30, "w": 12, "h": 6})
    plan = plan_of(layout)
    window = plan.find(WINDOWS, "w0")
    assert window is not None
    assert (window.box.x, window.box.y) == (2, 31)


def test_what_is_put_into_another_zone_belongs_to_that_one() -> None:
    plan = plan_of(hall())
    room, zone = plan.find(ROOMS, "r0"), plan.find(ZONES, "a")
    assert room is not None
    assert zone is not None
    assert moved(plan, room, Box(zone.box.x, zone.box.y + 1, 4, 2)) == ("a", {"x": 0, "y": 1, "w": 4, "h": 2})
    assert moved(plan, room, Box(500, 500, 0, 99)) == ("b", {"x": 200, "y": 200, "w": 1, "h": 60})
    assert moved(plan, zone, Box(-3, 4, 10, 5)) == ("", {"x": 0, "y": 4, "w": 10, "h": 5})


def test_what_lies_over_another_or_outside_is_told_at_the_thing() -> None:
    layout = hall()
    layout["rooms"]["r0"]["position"] = {"x": 0, "y": 1, "w": 4, "h": 3}
    layout["rooms"]["r1"]["position"] = {"x": 3, "y": 1, "w": 4, "h": 3}
    layout["windows"]["w0"]["position"] = {"x": 40, "y": 40, "w": 3, "h": 3}
    found = {(key, problem.code) for key, problem in drawing_faults(layout)}
    assert found == {("rooms/r1", "layout.over"), ("windows/w0", "layout.outside")}


def test_what_is_not_finished_is_drawn_too() -> None:
    layout = hall()
    layout["rooms"] |= {"new": {"title": "新"}, "off": {"title": "停", "hidden": True}, "odd": None}
    layout["windows"]["w0"]["position"] = {"x": -1, "y": "2"}
    plan = plan_of(layout)
    assert plan.find(ROOMS, "new") is not None
    assert plan.loose is not None
    assert plan.find(ROOMS, "off") is None
    assert plan_of({}).spots == ()
    assert plan_of({"zones": None}).height >= 1


@pytest.mark.parametrize(
    ("position", "fits"),
    [
        ({"x": 0, "y": 0, "w": 1, "h": 1}, True),
        ({"x": 0, "y": 0, "w": 0, "h": 1}, False),
        ({"x": 0.5, "y": 0, "w": 2, "h": 1}, False),
        ({"x": 0, "y": 0, "w": 2}, False),
    ],
)
def test_the_format_says_what_a_position_is(position: dict[str, Any], fits: bool) -> None:
    layout = hall()
    layout["rooms"]["r0"]["position"] = position
    assert (check_complete("layout", layout) == []) is fits
