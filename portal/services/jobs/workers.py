"""Which workers live, and how long the queue is: for operators."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.persistence.models import DueEvent, JobWorker, OutboxMessage
from portal.persistence.models import Job as JobRow
from portal.services.jobs.queue import FAILED, ORIGIN, READY, RUNNING, SYSTEM

if TYPE_CHECKING:
    from portal.services.portal import Portal

_ROW = JobWorker.__table__.c
# A worker signs each few seconds; one that did not for so long is dead or cut off.
ALIVE = dt.timedelta(seconds=30)
KEPT = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs that wait at a moment, and the workers that are alive."""

    workers: int
    # The last sign of life of any worker, in seconds.
    last_sign: float | None
    waiting: int
    # By how many seconds the job that has been due for longest is late.
    oldest: float
    running: int
    failed: int
    unsent: int
    oldest_unsent: float
    given_up: int

    @property
    def alive(self) -> bool:
        """Return whether some worker lives."""
        return self.workers > 0


def note(portal: Portal, name: str, started: dt.datetime) -> None:
    """Write that a worker lives; names of those that were silent for an hour go."""
    insert = postgresql.insert if portal.database.dialect == "postgresql" else sqlite.insert
    with portal.writing(SYSTEM, ORIGIN) as uow:
        made = insert(JobWorker.__table__).values(name=name, started_at=started, seen_at=uow.now)
        uow.session.execute(made.on_conflict_do_update(index_elements=["name"], set_={"seen_at": uow.now}))
        uow.session.execute(delete(JobWorker.__table__).where(_ROW.seen_at < uow.now - KEPT))
        uow.commit()


def forget(portal: Portal, name: str) -> None:
    """Write that a worker stopped."""
    with portal.writing(SYSTEM, ORIGIN) as uow:
        uow.session.execute(delete(JobWorker.__table__).where(_ROW.name == name))
        uow.commit()


def is_there(portal: Portal) -> bool:
    """Return whether some worker lives."""
    recent = select(_ROW.name).where(_ROW.seen_at > portal.clock.now() - ALIVE).limit(1)
    with portal.reading(SYSTEM) as session:
        return session.scalar(recent) is not None


def state(portal: Portal) -> Queue:
    """Return how many jobs wait, and whether a worker is alive."""
    now = portal.clock.now()
    due = or_(
        and_(JobRow.status == READY, JobRow.run_at <= now),
        and_(JobRow.status == RUNNING, JobRow.lease_until <= now),
    )
    with portal.reading(SYSTEM) as session:
        seen = session.scalar(select(func.max(_ROW.seen_at)))
        alive = session.scalar(select(func.count()).where(_ROW.seen_at > now - ALIVE)) or 0
        waiting, since = session.execute(select(func.count(), func.min(JobRow.run_at)).where(due)).one()
        counted: dict[Any, int] = dict(
            session.execute(
                select(JobRow.status, func.count())
                .where(JobRow.status.in_((RUNNING, FAILED)))
                .group_by(JobRow.status)
            ).all()
        )
        waits = (OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None))
        unsent, first = session.execute(select(func.count(), func.min(OutboxMessage.at)).where(*waits)).one()
        given_up = sum(
            session.scalar(select(func.count()).where(one.given_up_at.is_not(None))) or 0
            for one in (OutboxMessage, DueEvent)
        )
    return Queue(
        workers=alive,
        last_sign=None if seen is None else (now - seen).total_seconds(),
        waiting=waiting,
        oldest=_age(since, now),
        running=counted.get(RUNNING, 0),
        failed=counted.get(FAILED, 0),
        unsent=unsent,
        oldest_unsent=_age(first, now),
        given_up=given_up,
    )


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
