"""Where a matter may go, in words: what the page of handing over offers, and what it says cannot be chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from portal.core.errors import msg
from portal.core.layout.model import OWN
from portal.persistence.models import Record
from portal.services import records
from portal.services.records import Destination
from portal.services.users.receivers import receiving
from portal.web.language import as_written, translate
from portal.web.words.decisions import DecisionWords, Proposal, Unused, seat_words
from portal.web.words.here import Here
from portal.web.words.lengths import period_length
from portal.web.words.receiving import NOBODY
from portal.web.words.screen import Screen

FIRST = "proposed"


@dataclass(frozen=True, slots=True)
class Choice:
    """One place a matter can be sent to; ``value`` is ``kind:id``, with its own route and period behind it, if any."""

    value: str
    title: str
    note: str
    due_on: dt.date | None = None
    length: str = ""
    nobody: str = ""
    is_unit: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A period that may be given, or that begins by itself: how long it is and when it would end."""

    id: str
    title: str
    length: str
    due_on: dt.date | None


@dataclass(frozen=True)
class Destinations:
    """What a person may choose for a record, and what the rules propose first."""

    now: Here
    screen: Screen
    record: Record
    decision: DecisionWords | None
    proposal: Proposal | None

    @cached_property
    def _choices(self) -> records.Choices:
        view = self.decision.view if self.decision else None
        return records.Choices.of(self.now.portal, self.now.session, self.record, view)

    @cached_property
    def _first(self) -> Destination | None:
        return self._choices.proposed(self.proposal.index) if self.proposal is not None else None

    @property
    def first(self) -> Choice | None:
        """Return the proposal of the rules that is looked at, as it leads today."""
        return self._choice(self._first, FIRST) if self._first is not None else None

    @property
    def others(self) -> list[Choice]:
        """Return what may be chosen instead, each with its day."""
        found = self._choices.others(self.proposal.index if self.proposal is not None else None)
        return [self._choice(one, one.key) for one in found]

    @property
    def closed(self) -> list[Unused]:
        """Return the routes that cannot be chosen, each with its reason."""
        return list(self.decision.closed_routes.values()) if self.decision else []

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Return the routes that may be chosen for any unit."""
        return [(key, self._route(key)) for key in self._choices.routes()]

    @property
    def periods(self) -> list[tuple[str, list[Period]]]:
        """Return the periods that may be given, by route; a route without any is left out."""
        found = [
            (self._route(key), self._periods(self._choices.periods(key))) for key in self._choices.routes()
        ]
        return [(route, listed) for route, listed in found if listed]

    @property
    def started(self) -> list[Period]:
        """Return the periods that sending the matter starts by itself."""
        return self._periods(one.deadline for one in self._choices.started())

    @property
    def route(self) -> str:
        """Return the route that is chosen first for any unit: that of the proposal, where it may be chosen."""
        proposed = self._first.route if self._first is not None else ""
        return proposed if proposed in self._choices.routes() else ""

    @property
    def deadline(self) -> str:
        """Return the period that is chosen first for any unit."""
        proposed = (self._first.deadline or "") if self._first is not None else ""
        return proposed if proposed in self._choices.periods(self.route) else ""

    @property
    def helping(self) -> set[str]:
        """Return the departments that the proposal asks to help."""
        raw = self.decision.view.proposals[self.proposal.index] if self.decision and self.proposal else {}
        return set(raw.get("assist", ()))

    @property
    def helpers(self) -> list[tuple[str, str, str]]:
        """Return every department that may help: identifier, name, and whether nobody would receive it there."""
        known = self._choices.bundle.departments
        shown = sorted(
            (key for key, one in known.items() if not one.get("hidden")),
            key=lambda key: (known[key].get("order", 0), key),
        )
        centre = self._choices.finder.centre.unit_code
        there = receiving(
            self.now.portal, self.now.session, [f"{centre}:{key}" for key in shown], self.now.stamp
        )
        return [
            (
                key,
                self.screen.texts(known[key].get("name"), key),
                "" if f"{centre}:{key}" in there else translate(NOBODY),
            )
            for key in shown
        ]

    @property
    def stationed(self) -> list[Choice]:
        """Return the departments that have a seat here, or lie where their matters go anyway."""
        return [row[0] for row in self._departments if len(row) == 1]

    @property
    def away(self) -> list[tuple[Choice, ...]]:
        """Return the departments without a seat here: what would happen, and their own unit."""
        return [row for row in self._departments if len(row) > 1]

    def is_away(self, value: str) -> bool:
        """Tell whether a choice is one of a department without a seat here."""
        return any(one.value == value for row in self.away for one in row)

    @cached_property
    def _departments(self) -> list[tuple[Choice, ...]]:
        """Return every department with what would happen, and beside those without a seat here their own unit."""
        found = self._choices.finder.departments()
        codes = {seat.unit_code for pair in found for seat in pair if seat is not None}
        there = receiving(self.now.portal, self.now.session, codes, self.now.stamp)
        names = self.now.units(codes)
        choices = []
        for seat, own in found:
            if not self._choices.reaches(seat):
                continue
            unit = names.get(seat.unit_code)
            key = (own or seat).department or ""
            words = seat_words(self.screen, (own or seat).to_json(), instead=True)
            title = words.department or words.title
            away = msg("%(duty)s: the matter goes one level up, to %(unit)s")
            place = unit.name if unit else seat.unit_code
            goes = Markup(translate(away)) % {"duty": words.duty, "unit": as_written(place)}
            said = goes if own is not None else words.duty
            row = [Choice(f"department:{key}", title, _note(said, seat.unit_code in there))]
            if own is not None and own.unit_code in names and self._choices.reaches(own):
                said = translate(msg("to the department itself, at its own place"))
                row.append(Choice(f"{OWN}:{key}", title, _note(said, own.unit_code in there)))
            choices.append(tuple(row))
        return choices

    @cached_property
    def _signed_for(self) -> Period | None:
        """Return the nearest day that sending the matter sets: what counts where no period is given with it."""
        return min((one for one in self.started if one.due_on), key=lambda one: str(one.due_on), default=None)

    def _choice(self, one: Destination, value: str) -> Choice:
        words = seat_words(self.screen, one.seat.to_json(), instead=one.proposal is None)
        there = receiving(self.now.portal, self.now.session, [words.unit_code], self.now.stamp)
        parts = (self._route(one.route), words.department or self._asked(one, words.title), words.duty)
        first = self._signed_for if one.due_on is None else None
        day = one.due_on or (first.due_on if first is not None else None)
        said = period_length(self._choices.bundle, one.deadline)
        return Choice(
            value,
            words.title,
            " · ".join(part for part in parts if part),
            day,
            said if first is None else f"{first.title} · {first.length}",
            "" if words.unit_code in there else translate(NOBODY),
            words.is_unit,
        )

    def _asked(self, one: Destination, title: str) -> str:
        """Return the department that is meant where its matters go to a centre; empty where the title says it."""
        kind, name = next(iter(one.to.items()))
        if kind not in ("department", OWN):
            return ""
        found = self.screen.texts(self._choices.bundle.departments.get(name, {}).get("name"), name)
        return "" if found == title else found

    def _periods(self, codes: Iterable[str]) -> list[Period]:
        bundle, texts = self._choices.bundle, self.screen.texts
        found = ((code, self._choices.day(code)) for code in codes)
        return [
            Period(
                code,
                texts(bundle.periods[code].title, code),
                period_length(bundle, code),
                day,
            )
            for code, day in found
        ]

    def _route(self, key: str) -> str:
        return self.screen.texts(self._choices.bundle.routes.get(key, {}).get("title"), key)


def _note(said: str, received: bool) -> str:
    return Markup(" · ").join(part for part in (said, "" if received else translate(NOBODY)) if part)
