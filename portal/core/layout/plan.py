"""The plan of a hall: where its zones, rooms and windows stand on a grid.

What a layout says of positions holds; all else is arranged by itself. A zone is counted from the corner of the plan,
what stands in a zone from the corner of the zone, so that a zone takes along what is in it. The arrangement keeps a
place for each thing, also where the layout says another one: nothing jumps when its neighbour is moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from portal.core.errors import Problem, msg

ZONES, ROOMS, WINDOWS = "zones", "rooms", "windows"
GROUPS = (ZONES, ROOMS, WINDOWS)
WIDE, MOST = 24, 200
POSITION = "position"
# Cells of a thing that is arranged by itself; the first row of a zone holds its name.
_SIZES = {WINDOWS: (3, 4), ROOMS: (4, 3)}
_WIDTHS = (8, 12, 16, WIDE)
_HEAD = 1


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells: its corner from the left and the top, its width and height."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """Return the first column beside the box."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """Return the first row below the box."""
        return self.y + self.h

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes share a cell."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Tell whether another box lies within this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def shifted(self, x: int, y: int) -> Box:
        """Return the box elsewhere, as large as it is."""
        return Box(self.x + x, self.y + y, self.w, self.h)

    def said(self) -> dict[str, int]:
        """Return the box as a layout says it."""
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}


@dataclass(frozen=True, slots=True)
class Spot:
    """A thing on the plan: where it stands, and whether the layout says so; ``zone`` is empty for zones."""

    group: str
    id: str
    thing: Mapping[str, Any]
    box: Box
    drawn: bool
    zone: str = ""

    @property
    def key(self) -> str:
        """Return what tells the thing from all others of the plan."""
        return f"{self.group}/{self.id}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A hall drawn on a grid: zones first, then what stands in them; ``loose`` is the place of what is in no zone."""

    spots: tuple[Spot, ...]
    width: int
    height: int
    loose: Box | None = None

    def find(self, group: str, key: str) -> Spot | None:
        """Return a thing of the plan, or None."""
        return next((spot for spot in self.spots if (spot.group, spot.id) == (group, key)), None)

    def corner(self, spot: Spot) -> Box:
        """Return the box from whose corner the position of a thing is counted."""
        zone = self.find(ZONES, spot.zone)
        return zone.box if zone is not None else self.loose or Box(0, 0, WIDE, 1)

    def zone_at(self, x: float, y: float) -> Spot | None:
        """Return the zone at a point of the plan, the last one drawn where several lie there."""
        found = None
        for spot in self.spots:
            box = spot.box
            if spot.group == ZONES and box.x <= x < box.right and box.y <= y < box.bottom:
                found = spot
        return found


def box_of(said: Any) -> Box | None:
    """Return the position that a thing says, or None."""
    if not isinstance(said, Mapping):
        return None
    numbers = [said.get(name) for name in ("x", "y", "w", "h")]
    if any(not isinstance(one, int) or isinstance(one, bool) or not 0 <= one <= MOST for one in numbers):
        return None
    x, y, w, h = (int(one) for one in numbers if one is not None)
    return Box(x, y, max(w, 1), max(h, 1))


def shown(things: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the things of a map that are in use, in order; also of a layout that is not finished."""
    if not isinstance(things, Mapping):
        return []
    found = [(key, one) for key, one in things.items() if isinstance(one, Mapping) and not one.get("hidden")]
    return sorted(found, key=lambda item: (_order(item[1]), item[0]))


def plan_of(layout: Mapping[str, Any]) -> Plan:
    """Return the plan of a layout."""
    zones = shown(layout.get(ZONES))
    inner = {key: _inside(layout, key) for key, _ in zones}
    slots = _shelved([_size(inner[key]) for key, _ in zones])
    spots: list[Spot] = []
    for (key, zone), slot in zip(zones, slots, strict=True):
        said = box_of(zone.get(POSITION))
        spots.append(Spot(ZONES, key, zone, said or slot, said is not None))
    boxes = {spot.id: spot.box for spot in spots}
    for key, _ in zones:
        spots += _within(inner[key], boxes[key], key)
    bottom = max((spot.box.bottom for spot in spots), default=0)
    known = {key for key, _ in zones}
    others = [
        (group, key, one)
        for group in (WINDOWS, ROOMS)
        for key, one in shown(layout.get(group))
        if one.get("zone") not in known
    ]
    loose = None
    if others:
        loose = Box(0, bottom, WIDE, _size(others)[1])
        spots += _within(others, loose, "")
    right = max((spot.box.right for spot in spots), default=0)
    lowest = max((spot.box.bottom for spot in spots), default=0)
    return Plan(tuple(spots), max(right, WIDE), max(lowest, 8), loose)


def _order(thing: Mapping[str, Any]) -> float:
    order = thing.get("order", 0)
    return float(order) if isinstance(order, int | float) else 0.0


_Thing = tuple[str, str, Mapping[str, Any]]


def _inside(layout: Mapping[str, Any], zone: str) -> list[_Thing]:
    return [
        (group, key, one)
        for group in (WINDOWS, ROOMS)
        for key, one in shown(layout.get(group))
        if one.get("zone") == zone
    ]


def _size(things: Sequence[_Thing]) -> tuple[int, int]:
    """Return how large a zone is that holds these things and is arranged by itself."""
    windows = sum(group == WINDOWS for group, _, _ in things)
    rooms = len(things) - windows
    for width in _WIDTHS:
        rows = _rows(windows, _SIZES[WINDOWS][0], width), _rows(rooms, _SIZES[ROOMS][0], width)
        if (rows[0] <= 1 and rows[1] <= 2) or width == WIDE:
            break
    return width, _HEAD + max(rows[0] * _SIZES[WINDOWS][1] + rows[1] * _SIZES[ROOMS][1], 2)


def _rows(number: int, wide: int, width: int) -> int:
    return ceil(number / max(width // wide, 1))


def _shelved(sizes: Sequence[tuple[int, int]]) -> list[Box]:
    """Return a place for each zone: side by side, in rows as wide as the plan; the last one of a row fills it."""
    found: list[Box] = []
    row: list[tuple[int, int]] = []
    top = 0

    def close() -> None:
        nonlocal top
        high, x = max(h for _, h in row), 0
        for number, (w, _) in enumerate(row):
            wide = WIDE - x if number == len(row) - 1 else w
            found.append(Box(x, top, wide, high))
            x += wide
        top += high

    for size in sizes:
        if row and sum(w for w, _ in row) + size[0] > WIDE:
            close()
            row = []
        row.append(size)
    if row:
        close()
    return found


def _within(things: Sequence[_Thing], box: Box, zone: str) -> Iterator[Spot]:
    """Yield what stands in a zone: windows in rows, rooms in rows below them, others as they say."""
    at = {WINDOWS: 0, ROOMS: 0}
    windows = sum(group == WINDOWS for group, _, _ in things)
    below = _HEAD + _rows(windows, _SIZES[WINDOWS][0], box.w) * _SIZES[WINDOWS][1]
    for group, key, thing in things:
        wide, high = _SIZES[group]
        each = max(box.w // wide, 1)
        row, column = divmod(at[group], each)
        at[group] += 1
        top = (_HEAD if group == WINDOWS else below) + row * high
        slot = Box(column * wide, top, wide, high)
        said = box_of(thing.get(POSITION))
        yield Spot(group, key, thing, (said or slot).shifted(box.x, box.y), said is not None, zone)


# -- moving ----------------------------------------------------------------------------------------


def moved(plan: Plan, spot: Spot, box: Box) -> tuple[str, dict[str, int]]:
    """Return the zone in which a thing stands after it was put at ``box`` of the plan, and its position there.

    A zone stays within the plan. A room or window that was put into another zone belongs to that one; put beside all
    zones it keeps its own and stays at its edge.
    """
    wide, high = min(max(box.w, 1), 60), min(max(box.h, 1), 60)
    if spot.group == ZONES:
        x, y = min(max(box.x, 0), MOST), min(max(box.y, 0), MOST)
        return "", Box(x, y, wide, high).said()
    zone = plan.zone_at(box.x + wide / 2, box.y + high / 2) or plan.find(ZONES, spot.zone)
    corner = zone.box if zone is not None else plan.corner(spot)
    x, y = min(max(box.x - corner.x, 0), MOST), min(max(box.y - corner.y, 0), MOST)
    return (zone.id if zone is not None else spot.zone), Box(x, y, wide, high).said()


# -- what is wrong with a drawing ------------------------------------------------------------------


def drawing_faults(layout: Mapping[str, Any]) -> Iterator[tuple[str, Problem]]:
    """Yield what lies over another thing or outside of its zone, each with the key of the thing."""
    plan = plan_of(layout)
    for number, one in enumerate(plan.spots):
        others = [other for other in plan.spots[:number] if (other.group == ZONES) == (one.group == ZONES)]
        for other in others:
            if (one.drawn or other.drawn) and one.box.meets(other.box):
                about = one if one.drawn else other
                against = other if about is one else one
                yield about.key, _over(about, against)
                break
        zone = plan.find(ZONES, one.zone)
        if one.drawn and zone is not None and not zone.box.holds(one.box):
            yield one.key, _outside(one)


def _over(spot: Spot, other: Spot) -> Problem:
    return Problem(
        "layout.over",
        msg("On the plan it lies over “%(other)s”"),
        {"other": title_of(other.thing, other.id)},
        pointer=f"/{spot.key}/{POSITION}",
        remedy=msg("Move one of them, or make it smaller"),
        severity="warning",
    )


def _outside(spot: Spot) -> Problem:
    return Problem(
        "layout.outside",
        msg("On the plan it reaches beyond its zone"),
        pointer=f"/{spot.key}/{POSITION}",
        remedy=msg("Move it into the zone, or make the zone larger"),
        severity="warning",
    )


def title_of(thing: Mapping[str, Any], default: str) -> str:
    """Return the title of a thing as it was written first."""
    title = thing.get("title")
    if isinstance(title, Mapping):
        title = next(iter(title.values()), "")
    return str(title) if title else default
