"""The persons at work on a draft: pages ask every ten seconds, and say by that who looks at them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.access import EDIT
from portal.persistence.models import Draft, DraftPresence
from portal.services.drafts.finding import THING, draft_of

if TYPE_CHECKING:
    from portal.services.portal import Work

# As long as a page may miss two of its questions.
AWAY = dt.timedelta(seconds=35)
FRESH = dt.timedelta(seconds=5)
MAX_PAGE = 60


@dataclass(frozen=True, slots=True)
class Present:
    """A person at a draft, and the page at which the person is."""

    user_id: int
    name: str
    page: str
    at: dt.datetime


def here(uow: Work, draft_id: str, page: str = "") -> list[Present]:
    """Note that the person looks at a page of a draft; return the others who were there a moment ago."""
    row = draft_of(uow.session, draft_id)
    # Who only looks is not at work, and writes nothing.
    if uow.access.user_id is not None and uow.access.allows_there(THING, EDIT, row.unit_path):
        _note(uow, row, page[:MAX_PAGE])
    return [one for one in present_at(uow.session, row.uid, uow.now) if one.user_id != uow.access.user_id]


def _note(uow: Work, row: Draft, page: str) -> None:
    user_id = uow.access.user_id or 0
    known = uow.session.get(DraftPresence, (row.uid, user_id))
    if known is None:
        seen = DraftPresence(
            draft_uid=row.uid,
            user_id=user_id,
            unit_path=row.unit_path,
            name=uow.access.name,
            page=page,
            at=uow.now,
        )
        try:
            with uow.session.begin_nested():
                uow.session.add(seen)
        except IntegrityError:
            return  # another page of the same person was first
    elif known.page != page or uow.now - known.at > FRESH:
        known.page, known.at, known.name = page, uow.now, uow.access.name
    uow.session.flush()


def present_at(session: Session, uid: str, now: dt.datetime) -> list[Present]:
    """Return the persons who were at a draft a moment ago, by name."""
    query = select(DraftPresence).where(DraftPresence.draft_uid == uid, DraftPresence.at > now - AWAY)
    return [
        Present(one.user_id, one.name, one.page, one.at)
        for one in session.scalars(query.order_by(DraftPresence.name, DraftPresence.user_id))
    ]
