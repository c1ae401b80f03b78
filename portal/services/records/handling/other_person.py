"""A step that another person takes: neither who took the step before it, nor who had a hand in what that is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.acts import ACTS, TAKE_STEP
from portal.core.conditions import Trace
from portal.core.conditions.trace import OTHER_PERSON
from portal.core.errors import Forbidden, msg
from portal.core.lifecycle import Transition
from portal.persistence.models import Record, RecordEvent
from portal.services.records.privacy.record_encryption import opened_events
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

BARRED = Trace("atom", False, note=OTHER_PERSON)


def is_barred(portal: Portal, session: Session, record: Record, step: Transition, access: Access) -> bool:
    """Return whether another person than this one takes a step of a record."""
    before = brought_by(portal, session, record, step)
    other = step.other_than
    if before is None or other is None or access.user_id is None:
        return False
    about = pointers.get((before.data or {}).get("form", {}), other.by) if other.by else None
    cycle = pinned(portal, session, record.release_id).lifecycle_of(record.etype)
    steps = cycle.transitions if cycle is not None else ()
    wanted = [row for name in sorted(other.did.get(str(about), ())) for row in _rows_of(name, steps)]
    rows = _rows(session, record, {kind for kind, _ in wanted}) if wanted else ()
    did = (row for row in rows if any(row.kind == kind and name in ("", row.name) for kind, name in wanted))
    return any(_is_by(row, access) for row in (before, *did))


def require_other(portal: Portal, session: Session, record: Record, step: Transition, access: Access) -> None:
    """Raise Forbidden for a person who does not take a step because another one has to."""
    if step.other_than is not None and is_barred(portal, session, record, step, access):
        raise Forbidden(
            "lifecycle.other_person",
            msg("You had a hand in what this is about: another person decides"),
            {"transition": step.id},
        )


def brought_by(portal: Portal, session: Session, record: Record, step: Transition) -> RecordEvent | None:
    """Return the row of the step that a step of another person answers, the latest; None where there is none."""
    other = step.other_than
    if other is None:
        return None
    rows = [row for row in _rows(session, record, {TAKE_STEP.kind}) if row.name == other.step]
    return next(iter(opened_events(portal.keys, record, rows[-1:])), None)


def _rows(session: Session, record: Record, kinds: Iterable[str]) -> Iterator[RecordEvent]:
    query = select(RecordEvent).where(RecordEvent.record_id == record.id, RecordEvent.kind.in_(sorted(kinds)))
    return iter(session.scalars(query.order_by(RecordEvent.id)))


def _rows_of(name: str, steps: Iterable[Transition]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of the rows that an act leaves, or else a step; an empty name stands for all.

    An act stands for the steps too that its referral performs: they can be taken by hand.
    """
    act = ACTS.get(name)
    if act is None or act.history is None:
        yield TAKE_STEP.kind, name
        return
    yield act.history.kind, act.history.name
    for step in steps:
        if step.on and step.on in act.emits:
            yield TAKE_STEP.kind, step.id


def _is_by(row: RecordEvent, access: Access) -> bool:
    """Tell whether a person did what a row tells; of rows without an account it goes by the name."""
    return row.by_id == access.user_id if row.by_id is not None else row.by_name == access.name
