"""What waits for a person: referrals to answer, decisions to dispose, matters that are due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, LIST, REFER
from portal.core.referrals import SENT
from portal.persistence import scope
from portal.persistence.models import Record, Referral

if TYPE_CHECKING:
    from portal.services.portal import Portal

SOON = dt.timedelta(days=7)


T = TypeVar("T")


class Few(list[T]):
    """The first of what waits; ``more`` tells whether there are others."""

    more: bool = False


@dataclass(frozen=True, slots=True)
class Worklist:
    """The lists of the home page. ``recent`` is looked up only where nothing is due: it takes that list's place."""

    to_answer: Few[Referral]
    to_dispose: Few[Record]
    due: Few[Record]
    recent: Few[Record]


def worklist(portal: Portal, session: Session, etype: str = "case", limit: int = 10) -> Worklist:
    """Return what waits for the session's person, the most urgent first."""
    access = scope.access_of(session)
    options = {"scope_action": LIST, "scope_etype": etype}
    open_ones = select(Record).where(Record.etype == etype, Record.is_open)
    due_soon = open_ones.where(Record.due_on.is_not(None), Record.due_on <= portal.clock.today() + SOON)
    answering, disposing = access.paths(etype, REFER), access.paths(etype, DISPOSE)

    def first(query: Select[Any], *order: Any) -> Few[Any]:
        return _few(session, query.order_by(*order), limit, options)

    due = first(due_soon, Record.due_on, Record.id)
    return Worklist(
        _sent_to(session, etype, answering, limit) if answering else Few(),
        first(_undisposed(open_ones, disposing), Record.created_at.desc(), Record.id.desc())
        if disposing
        else Few(),
        due,
        Few() if due else first(open_ones, Record.updated_at.desc(), Record.id.desc()),
    )


def _few(session: Session, query: Select[Any], limit: int, options: dict[str, Any]) -> Few[Any]:
    rows = session.scalars(query.limit(limit + 1), execution_options=options).all()
    few = Few(rows[:limit])
    few.more = len(rows) > limit
    return few


def _sent_to(session: Session, etype: str, roots: tuple[str, ...], limit: int) -> Few[Referral]:
    sent = select(Referral).where(Referral.etype == etype, Referral.status == SENT)
    here = sent.where(scope.subtree(Referral.to_path, roots))
    return _few(session, here.order_by(Referral.id), limit, {})


def _undisposed(open_ones: Select[Any], roots: tuple[str, ...]) -> Select[Any]:
    return open_ones.where(Record.handler_path.is_(None), scope.subtree(Record.unit_path, roots))
