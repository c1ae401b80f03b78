"""Open matters that hold what a draft takes away or no longer takes: counted, and named for who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.drafts.draft import stand_in
from portal.core.drafts.leaving import SORTS, by_path, leaving, without
from portal.core.errors import Words
from portal.core.packs.places import place_words
from portal.persistence.models import Record
from portal.services.drafts.comparing import in_force_document
from portal.services.drafts.finding import draft_of
from portal.services.drafts.loading import loaded
from portal.services.drafts.open_matters import counted, some_holding

if TYPE_CHECKING:
    from portal.services.portal import Portal

# So many matters that hold a thing are named.
NAMED = 3


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
    goes = leaving(before, draft.bundle)
    counts, gone = counted(session, [row.unit_id], goes).get(row.unit_id, {}), by_path(goes)
    resolved = stand_in(before, before)
    found = []
    for key, count in counts.items():
        first = gone[key][0]
        named = _named(session, some_holding(session, row.unit_id, gone[key]))
        code = first.code if first.sort == "choice" else ""
        found.append(Concerned(SORTS[first.sort], place_words(resolved, first.path), code, count, named))
    return sorted(found, key=lambda one: -one.count)


def held_at(session: Session, draft_id: str, path: str) -> int:
    """Return how many open matters hold the thing at a place of a draft."""
    row = draft_of(session, draft_id)
    bundle = loaded(session, row).bundle
    gone = leaving(bundle, without(bundle, path))
    return max(counted(session, [row.unit_id], gone).get(row.unit_id, {}).values(), default=0)


def _named(session: Session, uids: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """Return some matters that the person of the session sees: type, identifier, number."""
    query = select(Record.etype, Record.uid, Record.code).where(Record.uid.in_(list(uids))).limit(NAMED)
    return tuple((one.etype, one.uid, one.code or "") for one in session.execute(query))
