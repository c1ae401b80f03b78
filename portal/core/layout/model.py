"""The layout of a centre: plates, zones, rooms, windows, sub-centres and stationed departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from portal.core.text import Text

# The sorts of places in a hall, and where a layout keeps the places of each.
PLACES = {"window": "windows", "room": "rooms", "zone": "zones", "subcentre": "subcentres"}
# Where a matter can go beside a place or a department: up the tree, down to the unit of its place, the centre itself.
TIERS = ("up", "down", "centre")
# The kinds of targets that a referral may name.
TARGETS = ("department", *PLACES, "tier")
# What a person may name besides: a department's own unit, wherever it has its seat.
OWN = "own"
Mode = Literal["resident", "rotating", "on_call"]
# The halves of a day that a roster may name; without one it is the whole day.
MORNING, AFTERNOON = "morning", "afternoon"
HALVES = (MORNING, AFTERNOON)


@dataclass(frozen=True, slots=True)
class Thing:
    """A plate, zone, room, window or sub-centre; ``extra`` holds what only some of them have."""

    id: str
    title: Text
    order: float = 0
    zone: str | None = None
    department: str | None = None
    kind: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """Days on which a rotating department is present: weekdays (1 is Monday) or single days, whole or one half."""

    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    half: str = ""

    def holds(self, day: date) -> bool:
        """Tell whether the roster names ``day``."""
        return day.isoweekday() in self.weekdays or day in self.dates


@dataclass(frozen=True, slots=True)
class Stationing:
    """How one department is present: where, in which mode, on which days."""

    id: str
    department: str
    mode: Mode
    place_kind: str = ""
    place: str = ""
    roster: tuple[Roster, ...] = ()
    answer_hours: float | None = None
    start: date | None = None
    until: date | None = None
    mode_label: Text | None = None
    order: float = 0
    note: Text | None = None

    def in_force(self, day: date) -> bool:
        """Tell whether the stay has begun and not ended on ``day``."""
        return (self.start is None or self.start <= day) and (self.until is None or day <= self.until)

    def rostered(self, day: date) -> bool:
        """Tell whether the roster holds ``day``; whether the centre is open on it is another matter."""
        return any(roster.holds(day) for roster in self.roster)

    def names(self, day: date) -> bool:
        """Tell whether the roster names ``day`` as a single day."""
        return any(day in roster.dates for roster in self.roster)


@dataclass(frozen=True)
class Layout:
    """A centre as its people know it. Hidden things are left out; everything is in order."""

    centre: Mapping[str, Any]
    plates: tuple[Thing, ...]
    zones: tuple[Thing, ...]
    rooms: tuple[Thing, ...]
    windows: tuple[Thing, ...]
    subcentres: tuple[Thing, ...]
    stationing: tuple[Stationing, ...]
    patterns: Mapping[str, Mapping[str, Any]]
    departments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_definition(
        cls, definition: Mapping[str, Any], departments: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Layout:
        """Build a layout from ``layout.json`` and the bundle's departments."""
        stays = (_stationing(key, value) for key, value in visible(definition.get("stationing")))
        return cls(
            centre=definition.get("centre", {}),
            plates=_things(definition.get("plates")),
            zones=_things(definition.get("zones")),
            rooms=_things(definition.get("rooms")),
            windows=_things(definition.get("windows")),
            subcentres=_things(definition.get("subcentres")),
            stationing=tuple(stays),
            patterns=dict(visible(definition.get("patterns"))),
            departments=dict(visible(departments)),
        )

    def find(self, kind: str, thing_id: str) -> Thing | None:
        """Return the window, room, zone or sub-centre ``thing_id``, or None."""
        groups = {
            "window": self.windows,
            "room": self.rooms,
            "zone": self.zones,
            "subcentre": self.subcentres,
        }
        return next((thing for thing in groups.get(kind, ()) if thing.id == thing_id), None)

    def within(self, zone: str) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
        """Return the rooms and windows of a zone."""
        rooms = tuple(room for room in self.rooms if room.zone == zone)
        return rooms, tuple(window for window in self.windows if window.zone == zone)


def visible(things: Mapping[str, Any] | None) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the things of a map that are not hidden, in order."""
    shown = [(key, value) for key, value in (things or {}).items() if not value.get("hidden")]
    return sorted(shown, key=lambda item: (item[1].get("order", 0), item[0]))


def _things(definitions: Mapping[str, Any] | None) -> tuple[Thing, ...]:
    return tuple(
        Thing(
            id=key,
            title=value["title"],
            order=value.get("order", 0),
            zone=value.get("zone"),
            department=value.get("department"),
            kind=value.get("kind", ""),
            extra=value,
        )
        for key, value in visible(definitions)
    )


def _stationing(key: str, value: Mapping[str, Any]) -> Stationing:
    place_kind, place = next(iter(value.get("place", {}).items()), ("", ""))
    return Stationing(
        id=key,
        department=value["department"],
        mode=value["mode"],
        place_kind=place_kind,
        place=place,
        roster=tuple(
            Roster(
                frozenset(days.get("weekdays", ())),
                frozenset(map(date.fromisoformat, days.get("dates", ()))),
                days.get("half", ""),
            )
            for days in value.get("roster", ())
        ),
        answer_hours=value.get("answer_hours"),
        start=date.fromisoformat(value["from"]) if "from" in value else None,
        until=date.fromisoformat(value["until"]) if "until" in value else None,
        mode_label=value.get("mode_label"),
        order=value.get("order", 0),
        note=value.get("note"),
    )
