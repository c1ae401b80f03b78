"""What a story knows while it runs: the time, the people, the records by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin, grants_of
from portal.core.errors import DefinitionError, msg
from portal.persistence.models import Unit
from portal.services import records, releases, units

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

STORY = Origin(channel="story")
SYSTEM = Access.system("story")


@dataclass
class StoryState:
    """The running state of one story."""

    portal: Portal
    centre: str
    clock: FixedClock
    uids: dict[str, str] = field(default_factory=dict)
    last: str = ""
    refused: str = ""
    # Who does what a role does at a unit: the number of an account, and a name. By default the role itself.
    people: Callable[[str, Unit], tuple[int | None, str]] = lambda role, _unit: (None, role)

    @property
    def now(self) -> Portal:
        """Return the portal at the story's present time."""
        return self.portal.at(self.clock)

    def go_to(self, day: str) -> None:
        """Turn the clock to another day."""
        self.clock = FixedClock.on(dt.date.fromisoformat(day))

    def later(self) -> None:
        """Let a minute pass: steps of people are never simultaneous."""
        self.clock = self.clock.later(minutes=1)

    def who(self, name: str) -> Access:
        """Return the access of ``role`` at the centre, or of ``role:unit``."""
        role, _, code = name.partition(":")
        with self.portal.reading(SYSTEM) as session:
            unit = units.by_code(session, code or self.centre)
            definition = releases.for_unit(self.portal, session, unit).roles.get(role)
        if definition is None:
            raise DefinitionError("story.role", msg("There is no role “%(role)s” here"), {"role": role})
        number, name = self.people(role, unit)
        return Access(number, name, grants_of(role, unit.path, definition), memberships=((role, unit.path),))

    def writing(self, step: Mapping[str, Any]) -> Work:
        """Begin a unit of work of the step's person."""
        return self.now.writing(self.who(step.get("who", "clerk")), STORY)

    def uid(self, step: Mapping[str, Any]) -> str:
        """Return the record that a step is about: the named one, or the last."""
        name = step.get("record")
        if name is None:
            return self.last
        if name not in self.uids:
            raise DefinitionError("story.record", msg("There is no record “%(name)s” yet"), {"name": name})
        return self.uids[name]

    def facts(self, uid: str) -> dict[str, Any]:
        """Return the state that expectations may name."""
        with self.now.reading(SYSTEM) as session:
            record = records.get_any(session, uid)
            decision = records.latest_decision(self.now, session, record)
            referrals = records.referrals_of(session, record)
            names = units.names(session, [record.handler_unit_id])
            found: dict[str, Any] = {
                "stage": record.stage,
                "canonical": record.canonical_stage,
                "open": record.is_open,
                "code": record.code,
                "title": record.title,
                "lanes": record.lanes,
                "due_on": record.due_on.isoformat() if record.due_on else None,
                "handler": names.get(record.handler_unit_id or 0, ("", ""))[0] or None,
                "referral": next((one.status for one in referrals if one.lead), None),
                "data": records.view_of(self.now, session, record).clear,
                "papers": [
                    one.document
                    for one in records.PaperReader(self.now, session, record).rows
                    if one.status == "issued"
                ],
            }
        if decision is not None:
            found |= {
                "fired": [rule["id"] for rule in decision.fired],
                "proposals": decision.proposals,
                "requires": [*decision.documents, *decision.steps],
                "flags": [flag["flag"] for flag in decision.flags],
                "grade": decision.grade,
                "notify": decision.notify,
                "suggests": decision.suggested_stages,
                "deadlines": decision.deadlines,
            }
        return found
