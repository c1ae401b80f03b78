"""Let the end of a record take a step of the one that led to it, such as the end of supervision with its last sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.persistence.models import Record, RecordLink
from portal.persistence.scope import prepared
from portal.services.records.handling.linking import OPENED
from portal.services.records.handling.step_effects import PERFORMERS, Performer
from portal.services.records.handling.transitions import available, transition
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

_OPENER = prepared(
    select(Record)
    .join(RecordLink, RecordLink.from_id == Record.id)
    .where(RecordLink.to_id == bindparam("record"), RecordLink.kind == OPENED)
    .order_by(RecordLink.id)
    .limit(1)
)
_OPENED = prepared(
    select(Record)
    .join(RecordLink, RecordLink.to_id == Record.id)
    .where(RecordLink.from_id == bindparam("record"), RecordLink.kind == OPENED)
    .order_by(Record.id)
    .limit(500)
)


def opener_of(session: Session, record: Record) -> Record | None:
    """Return the record that led to one, where the session's person may see it."""
    return session.scalars(_OPENER, {"record": record.id}).one_or_none()


def opened_by(session: Session, record: Record, etype: str) -> list[Record]:
    """Return the records of a type that one led to, of those that the session's person may see; the oldest first."""
    return [one for one in session.scalars(_OPENED, {"record": record.id}) if one.etype == etype]


def step_of_opener(act: Performed, said: Mapping[str, Any]) -> bool | None:
    """Take a step of the record that led to this one, with the same answers.

    Nothing happens while others that it led to are open, and where its lifecycle has no such step.

    Return False, which leaves it to a person, where nobody may take it here now: the record can't be seen, or the step
    is not offered.
    """
    uow, record = act.uow, act.record
    act.save()
    opener = opener_of(uow.session, record)
    if opener is None:
        return None if not _was_opened(uow.session, record) else False
    cycle = pinned(uow.portal, uow.session, opener.release_id).lifecycle_of(opener.etype)
    if cycle is None or all(one.id != said["step"] for one in cycle.transitions):
        return None
    others = [one for one in opened_by(uow.session, opener, record.etype) if one.id != record.id]
    if any(one.is_open for one in others):
        return None
    offers = available(uow.portal, uow.session, opener)
    if not any(one.transition.id == said["step"] and one.allowed for one in offers):
        return False
    form = next((one.payload.get("form") for one in reversed(act.happenings) if one.how == "step"), None)
    transition(uow, opener.uid, said["step"], version=opener.version, form=form)
    return None


_LINKED = prepared(
    select(RecordLink.id).where(RecordLink.to_id == bindparam("record"), RecordLink.kind == OPENED).limit(1)
)


def _was_opened(session: Session, record: Record) -> bool:
    return session.scalars(_LINKED, {"record": record.id}).one_or_none() is not None


PERFORMERS.add(Performer("step_of_opener", step_of_opener))
