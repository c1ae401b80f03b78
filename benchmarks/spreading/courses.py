"""What the demo's cases went through, opened, and the centres that have some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import Clock, Decision, Record, RecordEvent, Referral, Unit
from portal.services.bundles import Bundle
from portal.services.portal import Portal
from portal.services.records.privacy.encryption import opened
from portal.services.records.privacy.record_encryption import opened_decision, opened_events
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres


@dataclass(frozen=True)
class Course:
    """A case of the demo: what happened to it, opened."""

    record: Record
    data: dict[str, Any]
    events: list[RecordEvent]
    decision: tuple[Decision, Any, Any] | None
    referral: Referral | None
    clocks: list[Clock]


@dataclass(frozen=True)
class District:
    """A centre with its units, kinds of disputes and courses."""

    centre: CentreRef
    bundle: Bundle
    units: Sequence[Unit]
    departments: Sequence[Unit]
    courses: Sequence[Course]

    @cached_property
    def home(self) -> Unit:
        """Return the centre's own unit."""
        return next(unit for unit in self.units if unit.id == self.centre.unit_id)

    @cached_property
    def kinds(self) -> Sequence[str]:
        """Return the kinds of disputes that have none below them."""
        types = self.bundle.taxonomies["dispute"]
        return [one.code for one in types if not one.hidden and not types.children(one.code)]


def districts(portal: Portal, session: Session) -> list[District]:
    """Return the centres that have cases, with their courses."""
    centres = all_centres(session)
    by_path = {centre.unit_path: centre for centre in centres}
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in session.scalars(select(Unit).where(Unit.active)):
        path = unit.path
        while path not in by_path:
            path = path[: path.rstrip("/").rindex("/") + 1]
        units[by_path[path].unit_id].append(unit)
    courses = _courses(portal, session)
    return [
        District(
            centre,
            pinned(portal, session, centre.release_id),
            [unit for unit in units[centre.unit_id] if unit.kind == "division"],
            [unit for unit in units[centre.unit_id] if unit.kind == "department"],
            courses[centre.unit_id],
        )
        for centre in centres
        if courses[centre.unit_id]
    ]


def _courses(portal: Portal, session: Session) -> dict[int, list[Course]]:
    events, keys = _by_record(session, RecordEvent), portal.keys
    decisions, referrals = _by_record(session, Decision), _by_record(session, Referral)
    clocks = _by_record(session, Clock)
    found: dict[int, list[Course]] = defaultdict(list)
    for record in session.scalars(select(Record).where(Record.etype == "case")):
        data = opened(keys, pinned(portal, session, record.release_id), "case", record.uid, record.data)
        decided = decisions.get(record.id, [None])[0]
        decision = decided and (decided, *opened_decision(keys, record, decided))
        history = opened_events(keys, record, events.get(record.id, []))
        referral = referrals.get(record.id, [None])[0]
        course = Course(record, data, history, decision, referral, clocks.get(record.id, []))
        found[record.centre_id].append(course)
    return found


def _by_record(session: Session, model: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.scalars(select(model).order_by(*model.__table__.primary_key.columns)):
        found[row.record_id].append(row)
    return found
