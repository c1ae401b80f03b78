"""What waits for a person: referrals to answer, decisions to dispose, matters that are due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, LIST, REFER
from portal.persistence import scope
from portal.persistence.models import Record, Referral

if TYPE_CHECKING:
    from portal.services.portal import Portal

SOON = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Worklist:
    """The lists of the home page. ``recent`` is looked up only where nothing is due: it takes that list's place."""

    to_answer: list[Referral]
    to_dispose: list[Record]
    due: list[Record]
    recent: list[Record]


def worklist(portal: Portal, session: Session, etype: str = "case", limit: int = 10) -> Worklist:
    """Return what waits for the session's person, the most urgent first."""
    access = scope.access_of(session)
    options = {"scope_action": LIST, "scope_etype": etype}
    open_ones = select(Record).where(Record.etype == etype, Record.is_open)
    due_soon = open_ones.where(Record.due_on.is_not(None), Record.due_on <= portal.clock.today() + SOON)
    answering, disposing = access.paths(etype, REFER), access.paths(etype, DISPOSE)

    def first(query: Select[Any], *order: Any) -> list[Any]:
        return list(session.scalars(query.order_by(*order).limit(limit), execution_options=options))

    due = first(due_soon, Record.due_on, Record.id)
    return Worklist(
        _sent_to(session, etype, answering, limit) if answering else [],
        first(_undisposed(open_ones, disposing), Record.created_at.desc(), Record.id.desc())
        if disposing
        else [],
        due,
        [] if due else first(open_ones, Record.updated_at.desc(), Record.id.desc()),
    )


def _sent_to(session: Session, etype: str, roots: tuple[str, ...], limit: int) -> list[Referral]:
    sent = select(Referral).where(Referral.etype == etype, Referral.status == "sent")
    here = sent.where(scope.subtree(Referral.to_path, roots))
    return list(session.scalars(here.order_by(Referral.id).limit(limit)))


def _undisposed(open_ones: Select[Any], roots: tuple[str, ...]) -> Select[Any]:
    return open_ones.where(Record.handler_path.is_(None), scope.subtree(Record.unit_path, roots))
