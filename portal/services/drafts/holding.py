"""Open matters that hold what a draft takes away or no longer takes: counted, and named for who may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, not_, or_, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.drafts.draft import stand_in
from portal.core.drafts.leaving import SORTS, Leaving, by_path, leaving, without
from portal.core.errors import Words
from portal.core.packs.places import place_words
from portal.core.values import is_missing
from portal.persistence.models import Draft, Record, Referral
from portal.services.drafts.comparing import in_force_document
from portal.services.drafts.finding import draft_of
from portal.services.drafts.loading import loaded

if TYPE_CHECKING:
    from portal.services.portal import Portal

# So many things at most are looked for, and so many matters that hold one are named.
MOST, NAMED = 300, 3
READER = Access.system("how many open matters hold a thing of a draft; who asks is checked")


@dataclass(frozen=True, slots=True)
class Concerned:
    """One thing that goes: what it is called, how many open matters hold it, and some of those the person sees."""

    words: str  # a message id: what happens to it
    place: tuple[Words, ...]
    code: str
    count: int
    named: tuple[tuple[str, str, str], ...]


def held_by_open(portal: Portal, session: Session, draft_id: str) -> list[Concerned]:
    """Return what a draft takes away from what is in force and open matters of its centre hold, most held first."""
    row = draft_of(session, draft_id)
    draft = loaded(session, row)
    before = in_force_document(portal, session, row, draft)
    return _held(portal, session, row, before, leaving(before, draft.bundle)[:MOST])


def held_at(portal: Portal, session: Session, draft_id: str, path: str) -> int:
    """Return how many open matters hold the thing at a place of a draft."""
    row = draft_of(session, draft_id)
    bundle = loaded(session, row).bundle
    found = _held(portal, session, row, bundle, leaving(bundle, without(bundle, path))[:MOST])
    return max((one.count for one in found), default=0)


def _held(
    portal: Portal, session: Session, row: Draft, bundle: dict[str, Any], gone: Sequence[Leaving]
) -> list[Concerned]:
    resolved = stand_in(bundle, bundle)
    found = []
    with portal.reading(READER) as whole:
        for ones in by_path(gone).values():
            uids = {uid for one in ones for uid in _holders(whole, row.unit_id, one)}
            if uids:
                first = ones[0]
                named = _named(session, uids)
                code = first.code if first.sort == "choice" else ""
                found.append(
                    Concerned(SORTS[first.sort], place_words(resolved, first.path), code, len(uids), named)
                )
    return sorted(found, key=lambda one: -one.count)


def _named(session: Session, uids: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """Return some matters that the person of the session sees: type, identifier, number."""
    some = sorted(uids)[:200]
    query = select(Record.etype, Record.uid, Record.code).where(Record.uid.in_(some)).limit(NAMED)
    return tuple((one.etype, one.uid, one.code or "") for one in session.execute(query))


def _holders(session: Session, unit_id: int, one: Leaving) -> Iterable[str]:
    """Return the open records of a centre that hold a thing."""
    query: Select[Any] = select(Record.uid).where(Record.centre_id == unit_id, Record.is_open)
    if one.etype:
        query = query.where(Record.etype == one.etype)
    if one.sort == "stage":
        # Lanes stand beside the stage: those that are open count as well.
        lane = Record.lanes[one.code].as_string() == "open"
        return session.scalars(query.where(or_(Record.stage == one.code, lane))).all()
    if one.sort == "way":
        return session.scalars(query.where(Record.route == one.code)).all()
    if one.sort in ("seat", "office"):
        return session.scalars(query.where(Record.id.in_(_seated(one)))).all()
    if one.sort == "whole":
        return session.scalars(query).all()
    return _by_value(session, query, one)


def _seated(one: Leaving) -> Select[Any]:
    open_ones = Referral.status.in_(("sent", "accepted"))
    if one.sort == "office":
        return select(Referral.record_id).where(
            open_ones, Referral.seat["department"].as_string() == one.code
        )
    seat = and_(Referral.seat["kind"].as_string() == one.field, Referral.seat["id"].as_string() == one.code)
    return select(Referral.record_id).where(open_ones, seat)


def _by_value(session: Session, query: Select[Any], one: Leaving) -> Iterable[str]:
    """Return the records with a value in a field; of one that is newly asked for, those without."""
    parts = pointers.split(one.field)
    there = Record.data[(parts[0],)].as_string().is_not(None)
    if one.sort == "empty":
        return session.scalars(query.where(not_(there))).all()
    # The database narrows them down to those that have the outermost part of the field.
    rows = session.execute(query.where(there).add_columns(Record.data))
    return [row.uid for row in rows if _has(row.data, parts, one.code)]


def _has(data: Any, parts: Sequence[str], code: str) -> bool:
    found = pointers.collected(data, tuple(parts))
    values = found if isinstance(found, list) else [found]
    if not code:
        return any(not is_missing(value) for value in values)
    return any(code == value or (isinstance(value, list) and code in value) for value in values)
