"""What falls due at a moment: announced by the use case that knows of it,
and swept with each of its effects exactly once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.persistence import scope
from portal.persistence.models import DueEffect, DueEvent
from portal.services.jobs.catalogue import pause
from portal.services.jobs.running import words_of
from portal.services.jobs.sweep import Sweep
from portal.services.portal import Work

if TYPE_CHECKING:
    from portal.persistence.unit_of_work import UnitOfWork

_ROW = DueEvent.__table__.c
_DONE = DueEffect.__table__.c
_WHY = "what falls due is a row of the system, announced and taken back by acts of persons"
# Then it is given up, and says why.
ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class Due:
    """One event that fell due."""

    id: int
    kind: str
    subject: str
    due_at: dt.datetime
    payload: Mapping[str, Any]
    attempts: int


def announce(
    uow: UnitOfWork, kind: str, subject: str, due_at: dt.datetime, payload: Mapping[str, Any] | None = None
) -> None:
    """Note that something falls due; an earlier announcement about the same subject that still waits is moved.

    One that is done stays done: what falls due anew has a subject of its own, a day in it for instance.
    """
    session = uow.session
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"due_at": due_at, "payload": dict(payload or {}), "attempts": 0, "error": "", "retry_at": None}
    made = insert(DueEvent.__table__).values({"kind": kind, "subject": subject} | values)
    waits = (_ROW.done_at.is_(None), _ROW.given_up_at.is_(None))
    moved = (
        update(DueEvent.__table__).where(_ROW.kind == kind, _ROW.subject == subject, *waits).values(values)
    )
    if session.execute(scope.door(moved, _WHY)).rowcount == 0:  # type: ignore[attr-defined]
        session.execute(made.on_conflict_do_nothing())


def take_back(uow: UnitOfWork, kind: str, subject: str) -> None:
    """Take back what was announced about a subject and is not done yet."""
    own = (_ROW.kind == kind, _ROW.subject == subject, _ROW.done_at.is_(None))
    gone = update(DueEvent.__table__).where(*own).values(done_at=uow.now)
    uow.session.execute(scope.door(gone, _WHY))


def once(uow: Work, due: Due, effect: str, perform: Callable[[], None]) -> bool:
    """Perform a named effect of a due event unless it was performed before; False where it was."""
    insert = postgresql.insert if uow.portal.database.dialect == "postgresql" else sqlite.insert
    row = {"due_id": due.id, "effect": effect, "at": uow.now}
    made = insert(DueEffect.__table__).values(row).on_conflict_do_nothing().returning(_DONE.due_id)
    if uow.session.execute(made).scalar() is None:
        return False
    perform()
    return True


class DueSweep(Sweep[Due]):
    """A sweep of due events of one kind. ``effect`` performs the effects of one, each by ``once``."""

    kind: ClassVar[str]

    def claim(self, uow: Work, limit: int) -> Sequence[Due]:
        """Return what fell due, earliest first."""
        ready = or_(_ROW.retry_at.is_(None), _ROW.retry_at <= uow.now)
        waits = (_ROW.kind == self.kind, _ROW.done_at.is_(None), _ROW.given_up_at.is_(None))
        query = select(_ROW.id, _ROW.kind, _ROW.subject, _ROW.due_at, _ROW.payload, _ROW.attempts)
        query = query.where(*waits, _ROW.due_at <= uow.now, ready).order_by(_ROW.due_at, _ROW.id).limit(limit)
        rows = uow.session.execute(query.with_for_update(skip_locked=True)).all()
        found = [Due(*row) for row in rows]
        if found:
            # Marked before the effects: they fail together or not at all.
            done = update(DueEvent.__table__).where(_ROW.id.in_([one.id for one in found]))
            uow.session.execute(done.values(done_at=uow.now))
        return found

    def failed(self, uow: Work, item: Due, error: Exception) -> None:
        """Let the event wait for a while, or give it up with the reason."""
        attempts = item.attempts + 1
        values: dict[str, Any] = {"attempts": attempts, "error": words_of(error)}
        if attempts >= ATTEMPTS:
            values["given_up_at"] = uow.now
        else:
            values["retry_at"] = uow.now + pause(attempts)
        uow.session.execute(update(DueEvent.__table__).where(_ROW.id == item.id).values(values))
