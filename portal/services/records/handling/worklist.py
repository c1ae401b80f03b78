"""What waits for a person: referrals to answer, decisions to dispose, matters that are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, LIST, REFER, ROOT
from portal.core.referrals import SENT
from portal.persistence import scope
from portal.persistence.models import Record, RecordReach, Referral

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


def worklist(
    portal: Portal, session: Session, etype: str = "case", limit: int = 10, *, own: bool = False
) -> Worklist:
    """Return what waits for the session's person, the most urgent first.

    With ``own``, only referrals to units at which the person holds the role are to be answered, not those below.
    """
    access = scope.access_of(session)
    answering, disposing = access.paths(etype, REFER), access.paths(etype, DISPOSE)
    units = scope.units_reached(access, etype, LIST)
    # The rows of one unit lie in the order that is asked for; for several units, or all, each record is tested.
    alone = units is not None and len(units) == 1
    values = {"etype": etype, "until": portal.clock.today() + SOON, "most": limit + 1}

    def first(statement: Select[Any], **more: Any) -> Few[Any]:
        return _few(session, statement, limit, values | more, {"scope_action": LIST, "scope_etype": etype})

    due = first(_due(alone))
    return Worklist(
        _sent_to(session, etype, answering, limit, own) if answering else Few(),
        _undisposed(disposing, first) if disposing else Few(),
        due,
        Few() if due else first(_recent(alone)),
    )


def _few(
    session: Session, query: Select[Any], limit: int, values: dict[str, Any], options: dict[str, Any]
) -> Few[Any]:
    rows = session.scalars(query, values, execution_options=options).all()
    few = Few(rows[:limit])
    few.more = len(rows) > limit
    return few


def _sent_to(session: Session, etype: str, roots: tuple[str, ...], limit: int, own: bool) -> Few[Referral]:
    sent = select(Referral).where(Referral.etype == etype, Referral.status == SENT)
    if own:
        held = sorted(scope.access_of(session).held_at(etype, REFER))
        here = sent.where(Referral.to_path.in_(held))
    else:
        here = sent.where(scope.subtree(Referral.to_path, roots))
    return _few(session, here.order_by(Referral.id).limit(limit + 1), limit, {}, {})


_MOST = bindparam("most", type_=Integer)
_OF_TYPE = select(Record).where(Record.etype == bindparam("etype"))
_REACHED = _OF_TYPE.join(RecordReach, RecordReach.record_id == Record.id).where(
    RecordReach.etype == bindparam("etype"), RecordReach.is_open
)


@cache
def _due(alone: bool) -> Select[Any]:
    if alone:
        due = RecordReach.due_on
        rows = _REACHED.where(due.is_not(None), due <= bindparam("until"))
        return scope.along(rows.order_by(due, RecordReach.record_id).limit(_MOST))
    rows = _OF_TYPE.where(Record.is_open, Record.due_on.is_not(None), Record.due_on <= bindparam("until"))
    return scope.prepared(rows.order_by(Record.due_on, Record.id).limit(_MOST))


@cache
def _recent(alone: bool) -> Select[Any]:
    if alone:
        rows = _REACHED.order_by(RecordReach.updated_at.desc(), RecordReach.record_id.desc())
        return scope.along(rows.limit(_MOST))
    rows = _OF_TYPE.where(Record.is_open).order_by(Record.updated_at.desc(), Record.id.desc())
    return scope.prepared(rows.limit(_MOST))


def _undisposed(roots: tuple[str, ...], first: Callable[..., Few[Any]]) -> Few[Record]:
    """Return the open records below some units that were handed to nobody yet, the latest first."""
    if len(roots) == 1 and roots[0] != ROOT:
        return first(_waiting(), at=scope.unit_of(roots[0]))
    rows = _OF_TYPE.where(
        Record.is_open, Record.handler_path.is_(None), scope.subtree(Record.unit_path, roots)
    )
    return first(rows.order_by(Record.created_at.desc(), Record.id.desc()).limit(_MOST))


@cache
def _waiting() -> Select[Any]:
    rows = _REACHED.where(RecordReach.unit_id == bindparam("at"), RecordReach.waiting)
    rows = rows.order_by(RecordReach.created_at.desc(), RecordReach.record_id.desc())
    return scope.along(rows.limit(_MOST), at_place=True)
