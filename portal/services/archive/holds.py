"""What keeps a volume from being destroyed: an open matter, what waits on it, or a person who holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.errors import msg
from portal.core.links import OPENED
from portal.core.referrals import open_states
from portal.core.volumes import ARCHIVED
from portal.persistence.models import Record, RecordLink, Referral, Volume
from portal.persistence.scope import as_system

OPEN = "open"


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason, by its name, and in words as a message."""

    name: str
    words: str


NOT_ARCHIVED = Hold("not_archived", msg("The matter is not archived any more"))
HELD = Hold("held", msg("Held by a person"))
LANE = Hold("lane", msg("Something beside it is still open, such as an objection"))
CORRECTION = Hold("correction", msg("A correction waits for a second person"))
REFERRAL = Hold("referral", msg("A unit has not answered yet"))
PART = Hold("part", msg("A part of it is still open"))
LINKED = Hold("linked", msg("A matter that is linked to it is still open"))
# Those of the work itself.
GONE = Hold("gone", msg("It is not there any more"))
EARLY = Hold("early", msg("Its time of keeping is not over"))
HOLDS = {one.name: one for one in (NOT_ARCHIVED, HELD, LANE, CORRECTION, REFERRAL, PART, LINKED, GONE, EARLY)}


def holds_of(session: Session, found: Sequence[tuple[Record, Volume]]) -> dict[int, list[Hold]]:
    """Return what keeps each of some volumes, by its record: also what the session's person may not see."""
    kept: dict[int, list[Hold]] = defaultdict(list)
    for record, volume in found:
        own = (
            (NOT_ARCHIVED, record.canonical_stage != ARCHIVED or record.is_open),
            (HELD, volume.held),
            (LANE, OPEN in (record.lanes or {}).values()),
            (CORRECTION, record.correction_by is not None),
        )
        kept[record.id] += [hold for hold, holds in own if holds]
    ids = [record.id for record, _ in found]
    if not ids:
        return kept
    with as_system(session, "what keeps a volume holds it also where the person does not see it"):
        for record_id in _waiting(session, ids):
            kept[record_id].append(REFERRAL)
        for record_id in _open_parts(session, ids):
            kept[record_id].append(PART)
        for record_id in _open_links(session, ids):
            kept[record_id].append(LINKED)
    return kept


def _waiting(session: Session, ids: Sequence[int]) -> Iterable[int]:
    query = select(Referral.record_id).where(Referral.record_id.in_(ids), Referral.status.in_(open_states()))
    return set(session.scalars(query))


def _open_parts(session: Session, ids: Sequence[int]) -> Iterable[int]:
    query = select(Record.parent_id).where(
        Record.parent_id.in_(ids), Record.is_open, Record.stage.is_not(None)
    )
    return {one for one in session.scalars(query) if one is not None}


def _open_links(session: Session, ids: Sequence[int]) -> Iterable[int]:
    found: set[int] = set()
    for own, other in ((RecordLink.from_id, RecordLink.to_id), (RecordLink.to_id, RecordLink.from_id)):
        query = select(own).join(Record, Record.id == other).where(own.in_(ids), Record.is_open)
        found |= set(session.scalars(query.where(Record.stage.is_not(None))))
    return found


def going_along(session: Session, record: Record, etypes: Sequence[str]) -> list[Record]:
    """Return the records of some types that go with a volume: it led to them or came of them, and no other matter."""
    if not etypes:
        return []
    ends = or_(RecordLink.from_id == record.id, RecordLink.to_id == record.id)
    links = select(RecordLink.from_id, RecordLink.to_id).where(ends, RecordLink.kind == OPENED)
    ids = {end for link in session.execute(links) for end in link} - {record.id}
    query = select(Record).where(Record.id.in_(ids), Record.etype.in_(etypes)).order_by(Record.id)
    return [one for one in session.scalars(query) if not _of_others(session, one, record)]


def _of_others(session: Session, one: Record, record: Record) -> bool:
    """Tell whether a record belongs as well to another matter of the type whose volume goes."""
    for own, other in ((RecordLink.from_id, RecordLink.to_id), (RecordLink.to_id, RecordLink.from_id)):
        query = select(Record.id).join(RecordLink, other == Record.id).where(own == one.id)
        query = query.where(Record.id != record.id, Record.etype == record.etype)
        if session.scalars(query.limit(1)).first() is not None:
            return True
    return False
