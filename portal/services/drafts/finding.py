"""Drafts as a person may see them, and what the person may do with one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import ADD, LIST, Access
from portal.core.errors import Conflict, Forbidden, NotFound, msg
from portal.persistence.models import Centre, Draft, Unit
from portal.persistence.scope.conditions import subtree

THING = "draft"
OPEN, SUBMITTED, PUBLISHED, DISCARDED = "open", "submitted", "published", "discarded"
LIVE = (OPEN, SUBMITTED)
# A new version as a plan has it, only to be tried: nobody changes it, and it never takes effect itself.
TRIAL = "trial"
TRIED = (*LIVE, TRIAL)


def require(access: Access, action: str, unit_path: str) -> None:
    """Raise Forbidden unless a role at exactly the unit, or an administrator's above, allows an action."""
    if not access.allows_there(THING, action, unit_path):
        raise Forbidden(
            "access.denied",
            msg("Your roles do not allow “%(action)s” on “%(entity)s” here"),
            {"action": action, "entity": THING},
        )


def draft_of(session: Session, uid: str) -> Draft:
    """Return a draft; NotFound where the person sees none."""
    found = session.scalars(select(Draft).where(Draft.uid == uid)).one_or_none()
    if found is None:
        raise NotFound("draft.unknown", msg("There is no such draft"))
    return found


def newer_of(session: Session, draft: Draft) -> str | None:
    """Return the draft that goes on from a draft, as far as the person sees it."""
    return session.scalar(select(Draft.uid).where(Draft.renews == draft.uid))


def held(session: Session, uid: str, *states: str) -> Draft:
    """Return a draft that no other act changes until this transaction ends, in one of some states."""
    query = select(Draft).where(Draft.uid == uid).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFound("draft.unknown", msg("There is no such draft"))
    if found.state not in states:
        raise _closed(found)
    return found


def _closed(draft: Draft) -> Conflict:
    texts = {
        OPEN: msg("This draft is open: it was not submitted, or it was sent back"),
        SUBMITTED: msg("This draft waits for approval and can't be changed; it can be sent back first"),
        PUBLISHED: msg("This draft is in force already; start another one"),
        DISCARDED: msg("This draft was discarded"),
        TRIAL: msg("This is a new version to be tried; it is changed by what is decided about it"),
    }
    return Conflict("draft.state", texts[draft.state])


def drafts_at(session: Session, unit_id: int | None = None, *, ended: bool = False) -> list[Draft]:
    """Return the drafts that the person sees, those changed last first; ``ended`` ones too where asked."""
    query = select(Draft).order_by(Draft.changed_at.desc(), Draft.id.desc())
    if unit_id is not None:
        query = query.where(Draft.unit_id == unit_id)
    query = query.where(Draft.state != TRIAL)
    if not ended:
        query = query.where(Draft.state.in_(LIVE))
    return list(session.scalars(query.limit(200)))


def centres_with(session: Session, access: Access, action: str = LIST) -> list[Unit]:
    """Return the units with a centre whose configuration the person may look at, or work on (``add``)."""
    below, exact = access.places(THING, action)
    query = select(Unit).join(Centre, Centre.unit_id == Unit.id)
    where = subtree(Unit.path, below) | Unit.path.in_(exact)
    return list(session.scalars(query.where(where).order_by(Unit.path)))


def may_start(access: Access, unit_path: str) -> bool:
    """Tell whether a person may begin a draft of a unit's configuration."""
    return access.allows_there(THING, ADD, unit_path)
