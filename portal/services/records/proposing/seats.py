"""Resolve where a proposal leads: who is really stationed and on duty that day, else on call, else one level up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.access import within
from portal.core.calendars import WorkCalendar
from portal.core.layout import Layout, OnCall, off_duty, resolve
from portal.core.layout import Seat as Place
from portal.core.layout.model import OWN
from portal.core.text import Text
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.calendars import calendar_of
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_of
from portal.services.units.lookup import by_id
from portal.services.users.receivers import receiving

if TYPE_CHECKING:
    from portal.services.portal import Portal

MAX_ALTERNATIVES = 6


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a matter goes: the place, the department behind it, and the unit that becomes its handler.

    ``duty`` is resident, rotating or on_call; ``up`` for the centre one level up, ``down`` for the unit of the
    place, ``centre`` for the centre itself; ``off`` when the department is stationed here and not there on the day,
    ``absent`` when it is not stationed anywhere. ``there_on`` is the next day on which it is there, where that is
    another day.
    """

    kind: str
    id: str
    title: Text
    unit_code: str
    duty: str
    department: str | None = None
    department_title: Text | None = None
    answer_hours: float | None = None
    there_on: dt.date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the seat as it is stored with decisions and referrals."""
        texts = {"title": self.title, "department_title": self.department_title}
        return {
            "kind": self.kind,
            "id": self.id,
            "title": None,
            "unit_code": self.unit_code,
            "duty": self.duty,
            "department": self.department,
            "department_title": None,
            "answer_hours": self.answer_hours,
            "there_on": self.there_on.isoformat() if self.there_on else None,
            # A text in several languages belongs to the release: what is stored has its own.
            **{name: dict(text) if isinstance(text, Mapping) else text for name, text in texts.items()},
        }


@dataclass(frozen=True)
class SeatFinder:
    """Finds seats for the matters of one centre on one day: of its own layout, or of ``below``, one that it derives."""

    portal: Portal
    session: Session
    centre: CentreRef
    bundle: Bundle
    day: dt.date
    calendar: WorkCalendar
    below: Layout | None = None
    # The unit at which the matter was registered: from there one goes up and down the ladder.
    home: str = ""
    stamp: Any = None

    @classmethod
    def of(
        cls,
        portal: Portal,
        session: Session,
        centre: CentreRef,
        bundle: Bundle,
        day: dt.date,
        *,
        stamp: Any = None,
        below: Layout | None = None,
        home: str = "",
    ) -> SeatFinder:
        """Return what finds seats, with the calendar that counts under the release."""
        calendar = calendar_of(portal, session, bundle, stamp)
        return cls(portal, session, centre, bundle, day, calendar, below, home, stamp)

    @property
    def layout(self) -> Layout:
        """Return the layout in which seats are looked for."""
        return self.below or self.bundle.layout

    def find(self, target: Mapping[str, str], place: Unit | None = None) -> Seat:
        """Return the seat of a target: department, window, room, zone, sub-centre, tier, or a department's own unit."""
        kind, name = next(iter(target.items()), ("tier", "centre"))
        if kind == OWN:
            return self._absent("department", name)
        if kind == "tier":
            return self._tier(name, place)
        found = self._here(target)
        if found is not None:
            return found
        return self._above(target) or self._absent(kind, name)

    def find_received(self, target: Mapping[str, str], place: Unit | None = None) -> Seat:
        """Return the seat of a target; of a department that would go up to where nobody receives, its own unit here.

        Where nobody receives there either, the first one stays: that nobody receives is said before sending.
        """
        seat = self.find(target, place)
        if seat.duty != "up" or "department" not in target:
            return seat
        own = self.find({OWN: target["department"]})
        there = receiving(self.portal, self.session, [seat.unit_code, own.unit_code], self.stamp)
        return own if there == {own.unit_code} else seat

    def departments(self) -> list[tuple[Seat, Seat | None]]:
        """Return the seat of each department, in their order, and its own unit where it has no seat at this centre."""
        known = [(key, value) for key, value in self.bundle.departments.items() if not value.get("hidden")]
        known.sort(key=lambda pair: (pair[1].get("order", 0), pair[0]))
        found = []
        for key, _ in known:
            own = self.find({OWN: key})
            seat = self.find({"department": key})
            found.append((seat, own if own.unit_code != seat.unit_code else None))
        return found

    def alternatives(
        self, target: Mapping[str, str], dispute_type: str | None, chosen: Mapping[str, Any]
    ) -> list[Seat]:
        """Return other seats a person may choose: windows that take the type, other stays, one level up."""
        seats: dict[tuple[str, str], Seat] = {}
        for seat in self._others(target, dispute_type):
            seats.setdefault((seat.kind, seat.id), seat)
        seats.pop((chosen["kind"], chosen["id"]), None)
        return list(seats.values())[:MAX_ALTERNATIVES]

    def _others(self, target: Mapping[str, str], dispute_type: str | None) -> Iterator[Seat]:
        types = self.bundle.taxonomies.get("dispute")
        for window in self.layout.windows:
            takes = window.extra.get("takes", ())
            if dispute_type and types and any(types.is_under(dispute_type, term) for term in takes):
                seat = self._here({"window": window.id})
                if seat is not None:
                    yield seat
        yield self.of_centre()
        above = self._upper
        if above is not None:
            yield _centre_seat(above, "up")

    def of_centre(self) -> Seat:
        """Return the centre itself as a seat."""
        return _centre_seat(self.centre, "centre")

    def _here(self, target: Mapping[str, str]) -> Seat | None:
        found = resolve(self.layout, target, self.day, self.calendar)
        return self._seat(found) if found is not None else None

    def _seat(self, found: Place | OnCall) -> Seat:
        department = found.department
        title = self._department_title(department)
        unit_code = f"{self.centre.unit_code}:{department}" if department else self.centre.unit_code
        if isinstance(found, OnCall):
            return Seat(
                "department",
                found.department,
                title or "",
                unit_code,
                "on_call",
                department,
                title,
                found.answer_hours,
                found.there_on,
            )
        thing = self.layout.find(found.place_kind, found.place)
        place_title = thing.title if thing else (title or found.place)
        if found.place_kind == "zone" and title:
            # A hall names nobody: several departments sit in it.
            place_title = title
        return Seat(
            found.place_kind,
            found.place,
            place_title,
            unit_code,
            found.mode,
            department,
            title,
            there_on=found.there_on,
        )

    def _above(self, target: Mapping[str, str]) -> Seat | None:
        """Return the seat at the next centre up: the same department there, or that centre itself."""
        centre = self._upper
        if centre is None:
            return None
        if "department" in target:
            bundle = pinned(self.portal, self.session, centre.release_id)
            there = SeatFinder.of(self.portal, self.session, centre, bundle, self.day)._here(target)
            if there is not None:
                return Seat(
                    there.kind,
                    there.id,
                    there.title,
                    there.unit_code,
                    "up",
                    there.department,
                    there.department_title,
                    there.answer_hours,
                    there.there_on,
                )
        return _centre_seat(centre, "up")

    @cached_property
    def _upper(self) -> CentreRef | None:
        if self.below is not None:
            return self.centre
        unit = by_id(self.session, self.centre.unit_id)
        if unit.parent_id is None:
            return None
        return centre_of(self.session, by_id(self.session, unit.parent_id))

    def _tier(self, tier: str, place: Unit | None) -> Seat:
        home = self.home or self.centre.unit_path
        if tier == "up":
            above = self.centre if home != self.centre.unit_path else self._upper
            return _centre_seat(above, "up") if above else self.of_centre()
        if tier == "down" and place is not None and place.path != self.centre.unit_path:
            # What was registered at the place itself stays there: nothing lies below.
            unit = place if place.path == home else self._step_down(home, place)
            return Seat("unit", unit.code, unit.name, unit.code, "down")
        return self.of_centre()

    def _step_down(self, home: str, place: Unit) -> Unit:
        """Return the next unit on the way down from one to a place: no level is passed over."""
        if not within(place.path, home):
            return place
        return by_id(self.session, int(place.path.removeprefix(home).split("/")[0]))

    def _absent(self, kind: str, name: str) -> Seat:
        if kind != "department":
            return self.of_centre()
        title = self._department_title(name)
        off = off_duty(self.layout, name, self.day, self.calendar)
        return Seat(
            "department",
            name,
            title or name,
            f"{self.centre.unit_code}:{name}",
            "absent" if off is None else "off",
            name,
            title,
            there_on=None if off is None else off.next_on,
        )

    def _department_title(self, department: str | None) -> Text | None:
        if department is None:
            return None
        found: Text | None = self.bundle.departments.get(department, {}).get("name")
        return found or department


def _centre_seat(centre: CentreRef, duty: str) -> Seat:
    return Seat("unit", centre.unit_code, centre.name, centre.unit_code, duty)
