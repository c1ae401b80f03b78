"""What waits for a person: referrals to answer, decisions to dispose, matters that are due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, LIST, REFER
from portal.persistence import scope
from portal.persistence.models import Record, Referral

if TYPE_CHECKING:
    from portal.services.portal import Portal

SOON = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Worklist:
    """The lists of the home page."""

    to_answer: list[Referral]
    to_dispose: list[Record]
    due: list[Record]
    recent: list[Record]


def worklist(portal: Portal, session: Session, etype: str = "case", limit: int = 10) -> Worklist:
    """Return what waits for the session's person, the most urgent first."""
    access = scope.access_of(session)
    options = {"scope_action": LIST, "scope_etype": etype}
    open_ones = select(Record).where(Record.etype == etype, Record.is_open)
    answering = (
        select(Referral)
        .where(
            Referral.etype == etype,
            Referral.status == "sent",
            _within(Referral.to_path, access.paths(etype, REFER)),
        )
        .order_by(Referral.id)
        .limit(limit)
    )
    disposing = (
        open_ones.where(
            Record.handler_path.is_(None), _within(Record.unit_path, access.paths(etype, DISPOSE))
        )
        .order_by(Record.created_at.desc(), Record.id.desc())
        .limit(limit)
    )
    due = (
        open_ones.where(Record.due_on.is_not(None), Record.due_on <= portal.clock.today() + SOON)
        .order_by(Record.due_on, Record.id)
        .limit(limit)
    )
    recent = open_ones.order_by(Record.updated_at.desc(), Record.id.desc()).limit(limit)
    return Worklist(
        list(session.scalars(answering)),
        list(session.scalars(disposing, execution_options=options)),
        list(session.scalars(due, execution_options=options)),
        list(session.scalars(recent, execution_options=options)),
    )


def _within(column: Any, roots: tuple[str, ...]) -> ColumnElement[bool]:
    return scope.subtree(column, roots) if roots else false()
