"""Choices when a matter is handed over: units that may take it, each with its route, period and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.deadlines import Period
from portal.core.layout.model import OWN
from portal.core.referrals import SENT, STATES, event_of
from portal.persistence import scope
from portal.persistence.models import Record, Unit
from portal.services.bundles import Bundle
from portal.services.records.handling.answering_referrals import referrals_of
from portal.services.records.handling.referring import due_day, may_go_to
from portal.services.records.proposing.decisions import DecisionView, finder_for
from portal.services.records.proposing.seats import Seat, SeatFinder
from portal.services.units.lookup import by_code, names

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST = 8
# A party's own period runs for the party alone: no referral carries it.
PARTY = "party"
LAPSES = "right_lapses"


@dataclass(frozen=True, slots=True)
class Destination:
    """A unit that may take a matter, on which route, and by when it is due; ``proposal`` is the rules' own number."""

    to: Mapping[str, str]
    seat: Seat
    route: str
    deadline: str | None
    due_on: dt.date | None
    proposal: int | None = None

    @property
    def key(self) -> str:
        """Return the choice as a form sends it: kind and name of the place, route, period."""
        kind, name = next(iter(self.to.items()))
        return f"{kind}:{name};{self.route};{self.deadline or ''}"


@dataclass(frozen=True, slots=True)
class Started:
    """A period that begins by itself when a matter is sent, and its day if that happens now."""

    deadline: str
    due_on: dt.date | None


@dataclass(frozen=True)
class Choices:
    """Everything that may be chosen for one matter today."""

    portal: Portal
    session: Session
    record: Record
    bundle: Bundle
    decision: DecisionView | None
    finder: SeatFinder

    @classmethod
    def of(cls, portal: Portal, session: Session, record: Record, decision: DecisionView | None) -> Choices:
        """Return what may be chosen for a record under its own release."""
        finder = finder_for(portal, session, record)
        return cls(portal, session, record, finder.bundle, decision, finder)

    @property
    def closed(self) -> Mapping[str, Any]:
        """Return the routes that the rules rule out."""
        return self.decision.closed_routes if self.decision else {}

    def routes(self) -> list[str]:
        """Return the routes that may be chosen, in their order."""
        known = self.bundle.routes
        shown = [key for key, one in known.items() if not one.get("hidden") and key not in self.closed]
        return sorted(shown, key=lambda key: (known[key].get("order", 0), key))

    def periods(self, route: str) -> list[str]:
        """Return the periods that may be given with a route to this matter, in their order."""
        return periods_for(self.bundle, route, self.record.dispute_type)

    def day(self, deadline: str | None) -> dt.date | None:
        """Return the day on which a period would end if the matter was sent today."""
        return due_day(self.finder.calendar, self.bundle, deadline, self.finder.day)

    def proposed(self, index: int) -> Destination | None:
        """Return a proposal of the rules as it leads today, where its route may be chosen."""
        raw = next((one for one in self._proposals() if one["index"] == index), None)
        if raw is None or raw.get("route") in self.closed:
            return None
        found = self._destination(raw["to"], raw["route"] or "", raw["deadline"], index)
        return found if self.reaches(found.seat) else None

    def others(self, index: int | None) -> list[Destination]:
        """Return what may be chosen instead of a proposal: few, each once, what the rules say first.

        The unit that leads is no other one; a unit that has answered already comes last.
        """
        chosen = self.proposed(index) if index is not None else None
        found = {(chosen.seat.unit_code, chosen.route, chosen.seat.id): chosen} if chosen else {}
        for one in self._others(index):
            if one.route not in self.closed and self.reaches(one.seat):
                found.setdefault((one.seat.unit_code, one.route, one.seat.id), one)
        leads = [one for one in referrals_of(self.session, self.record) if one.lead]
        led = names(self.session, [one.to_unit_id for one in leads])
        now = {led[one.to_unit_id][0] for one in leads if STATES[one.status].open}
        before = {led[one.to_unit_id][0] for one in leads if one.answered_at is not None}
        rest = [one for one in found.values() if one is not chosen and one.seat.unit_code not in now]
        return sorted(rest, key=lambda one: one.seat.unit_code in before)[:MOST]

    def reaches(self, seat: Seat) -> bool:
        """Tell whether the person may send the matter to the unit of a seat."""
        access, record = scope.access_of(self.session), self.record
        if may_go_to(access, record, record.unit_path):
            return True
        return may_go_to(access, record, by_code(self.session, seat.unit_code).path)

    def started(self) -> list[Started]:
        """Return the periods that sending the matter starts by itself."""
        events = {
            name
            for name, one in self.bundle.raw.get("events", {}).items()
            if any(_whenever_sent(way) for way in one.get("arises", ()))
        }
        return [
            Started(code, self.day(code))
            for code, period in self.bundle.periods.items()
            if events & set(period.starts)
        ]

    def _proposals(self) -> list[dict[str, Any]]:
        return self.decision.proposals if self.decision else []

    def _others(self, index: int | None) -> Iterator[Destination]:
        raw = next((one for one in self._proposals() if one["index"] == index), {})
        for one in self._proposals():
            yield self._destination(one["to"], one["route"] or "", one["deadline"], one["index"])
        yield from self._by_type()
        route, deadline = self._usual()
        seat = raw.get("seat") or {"kind": "", "id": ""}
        if not raw or raw.get("route") == route:
            for other in self.finder.alternatives(raw.get("to", {}), self.record.dispute_type, seat):
                if other.kind != "unit":
                    yield self._destination({other.kind: other.id}, route, deadline)
        yield self._destination({"tier": "centre"}, route, deadline)
        if self.record.place:
            yield self._destination({"tier": "down"}, route, deadline)
        yield self._destination({"tier": "up"}, "", None)

    def _usual(self) -> tuple[str, str | None]:
        """Return the usual route and period of matters of this sort; no route where that may not be chosen."""
        term = term_of(self.bundle, self.record.dispute_type)
        route, deadline = str(term.get("route") or ""), term.get("deadline")
        if route not in self.bundle.routes or route in self.closed:
            return "", None
        return route, deadline if deadline in self.periods(route) else None

    def _by_type(self) -> Iterator[Destination]:
        """Yield the departments that are concerned with matters of this sort, on its usual route."""
        route, deadline = self._usual()
        for department in concerned(self.bundle, self.record.dispute_type):
            if route:
                yield self._destination({"department": department}, route, deadline)

    def _destination(
        self, to: Mapping[str, str], route: str, deadline: str | None, proposal: int | None = None
    ) -> Destination:
        seat = self.finder.find_received(to, self._place)
        if "department" in to and seat.duty == "absent":
            to = {OWN: to["department"]}
        return Destination(to, seat, route, deadline, self.day(deadline), proposal)

    @property
    def _place(self) -> Unit | None:
        return by_code(self.session, self.record.place) if self.record.place else None


def _whenever_sent(way: Mapping[str, Any]) -> bool:
    return way.get("event") == event_of(SENT) and "when" not in way and way.get("lead", True)


def term_of(bundle: Bundle, dispute_type: str | None) -> Mapping[str, Any]:
    """Return what a release says of a sort of dispute."""
    terms = bundle.raw.get("taxonomies", {}).get("dispute", {}).get("terms", {})
    found: Mapping[str, Any] = terms.get(dispute_type or "", {})
    return found


def concerned(bundle: Bundle, dispute_type: str | None) -> tuple[str, ...]:
    """Return the departments that matters of a sort concern, as the release says."""
    return tuple(
        one for one in term_of(bundle, dispute_type).get("departments", ()) if one in bundle.departments
    )


def periods_for(bundle: Bundle, route: str, dispute_type: str | None) -> list[str]:
    """Return the periods that a referral on a route may carry for a sort of dispute, in their order.

    A period that the release names for other sorts of disputes only does not apply to this one.
    """
    terms = bundle.raw.get("taxonomies", {}).get("dispute", {}).get("terms", {})
    named: dict[str, set[str]] = {}
    for code, term in terms.items():
        named.setdefault(str(term.get("deadline") or ""), set()).add(code)
    known = bundle.taxonomies.get("dispute")

    def applies(code: str) -> bool:
        sorts = named.get(code)
        if not sorts or not dispute_type or known is None:
            return True
        return any(one == dispute_type or known.is_under(one, dispute_type) for one in sorts)

    found = [code for code, period in bundle.periods.items() if carried(period, route) and applies(code)]
    return sorted(found, key=lambda code: (bundle.deadlines[code].get("order", 0), code))


def carried(period: Period, route: str) -> bool:
    """Tell whether a referral on a route may carry a period: one of that route that is no party's own."""
    return bool(route) and period.route == route and period.whose != PARTY and period.expiry != LAPSES
