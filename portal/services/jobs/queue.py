"""The queue: who waits its turn, who took it, until when, and how it ended.

Each function is one short transaction. A job is claimed by one worker alone: SQLite has one writer at a time,
PostgreSQL passes over rows that others hold. A claim gives the job a new token; every later statement about it names
the token, so that a worker that was taken for dead and is not can neither store nor end anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.errors import NotFound, msg
from portal.core.job_states import JOB_STATES
from portal.persistence import scope
from portal.persistence.models import Job as JobRow
from portal.services.jobs.catalogue import Job, all_jobs

if TYPE_CHECKING:
    from portal.persistence.unit_of_work import UnitOfWork
    from portal.services.portal import Portal

READY, RUNNING, DONE, FAILED, CANCELLED = JOB_STATES
LIVE = (READY, RUNNING)
CHANNEL = "portal_job"
INTERVAL = "every:"
SYSTEM = Access.system("work outside of requests")
ORIGIN = Origin(channel="job")
_WHY = "a job is a row of the system, enqueued and ended on behalf of a person"
_ROW = JobRow.__table__.c


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that one worker holds under a token."""

    id: int
    job: Job
    token: int
    attempts: int
    payload: Mapping[str, Any]
    user_id: int | None
    key: str | None

    @property
    def recurs(self) -> bool:
        """Return whether it comes again by itself: False for a job that was enqueued."""
        return self.job.every is not None and self.key == INTERVAL + self.job.name

    @property
    def leased(self) -> bool:
        """Return whether one worker alone has it."""
        return self.job.leased or not self.recurs


def enqueue(
    uow: UnitOfWork,
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Let a worker run a job once this transaction is stored, for the person of the transaction; return its number.

    With ``key``, a job of that key that still waits or runs is returned instead of a second one.
    """
    if name not in all_jobs():
        raise NotFound("job.unknown", msg("There is no job “%(name)s”"), {"name": name})
    session = uow.session
    values = {
        "kind": name,
        "payload": dict(payload or {}),
        "user_id": uow.access.user_id,
        "status": READY,
        "run_at": at or uow.now,
        "attempts": 0,
        "error": "",
        "key": key,
    }
    made = session.execute(
        _insert(session).values(values).on_conflict_do_nothing().returning(_ROW.id)
    ).scalar()
    if made is None:
        known = select(_ROW.id).where(_ROW.key == key, _ROW.status.in_(LIVE))
        return int(session.execute(scope.door(known, _WHY)).scalar_one())
    wake(session)
    return int(made)


def wake(session: Session) -> None:
    """Wake sleeping workers when this transaction is stored; SQLite's look each second anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, "")))


def schedule(portal: Portal) -> None:
    """See to it that each job with an interval has its row, and none waits longer than its interval."""
    with portal.writing(SYSTEM, ORIGIN) as uow:
        for name, one in all_jobs().items():
            if one.every is None:
                continue
            values = {"kind": name, "payload": {}, "status": READY, "attempts": 0, "error": ""}
            row = values | {"run_at": uow.now, "key": INTERVAL + name}
            uow.session.execute(_insert(uow.session).values(row).on_conflict_do_nothing())
            late = (_ROW.key == INTERVAL + name, _ROW.status == READY, _ROW.run_at > uow.now + one.every)
            uow.session.execute(_update(*late).values(run_at=uow.now + one.every))
        uow.commit()


def next_at(portal: Portal, names: Collection[str]) -> dt.datetime | None:
    """Return the moment at which some job of these names can be taken; None while none waits."""
    ready = select(func.min(_ROW.run_at)).where(_ROW.status == READY, _ROW.kind.in_(names))
    lapsing = select(func.min(_ROW.lease_until)).where(_ROW.status == RUNNING, _ROW.kind.in_(names))
    with portal.reading(SYSTEM) as session:
        found = [session.scalar(one) for one in (ready, lapsing)]
    return min((one for one in found if one is not None), default=None)


def claim(portal: Portal, worker: str, names: Collection[str]) -> Claim | None:
    """Take the job that has been due for longest, or one whose worker gave no sign of life for its lease."""
    with portal.writing(SYSTEM, ORIGIN) as uow:
        due = or_(
            and_(JobRow.status == READY, JobRow.run_at <= uow.now),
            and_(JobRow.status == RUNNING, JobRow.lease_until <= uow.now),
        )
        query = select(JobRow).where(due, JobRow.kind.in_(names)).order_by(JobRow.run_at, JobRow.id).limit(1)
        row = uow.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return None
        taken = _take(row, all_jobs()[row.kind], worker, uow.now)
        uow.commit()
    return taken


def _take(row: JobRow, job: Job, worker: str, now: dt.datetime) -> Claim | None:
    again = row.status == RUNNING
    claim = Claim(row.id, job, row.token + 1, row.attempts + 1, row.payload, row.user_id, row.key)
    if again and not claim.recurs and row.attempts >= job.tries:
        row.status, row.finished_at, row.lease_until = FAILED, now, None
        row.error = row.error or "job.died: each worker that took it died"
        return None
    row.token, row.attempts = claim.token, claim.attempts
    row.started_at, row.worker = now, worker
    if claim.leased:
        row.status, row.lease_until = RUNNING, now + job.lease
    elif claim.recurs:
        # Nobody has to end it: what one worker leaves undone is found by the next round.
        row.run_at = job.after(now)
    return claim


def finish(portal: Portal, claim: Claim, result: Mapping[str, Any] | None, again: bool = False) -> bool:
    """End a job well; False where the lease was lost. With ``again``, one with an interval is due at once."""
    now = portal.clock.now()
    values: dict[str, Any] = {"attempts": 0, "error": "", "lease_until": None, "finished_at": now}
    if result is not None:
        values["result"] = dict(result)
    if not claim.recurs:
        values["status"] = DONE
    else:
        values |= {"status": READY, "progress": None, "cancel": False}
        if again or claim.leased:
            values["run_at"] = now if again else claim.job.after(now)
    return _end(portal, claim, values)


def fail(portal: Portal, claim: Claim, error: str) -> bool:
    """Note why a job failed; it is tried again after a pause, unless it was tried often enough."""
    now = portal.clock.now()
    values: dict[str, Any] = {"error": error, "lease_until": None, "finished_at": now}
    if not claim.recurs and claim.attempts >= claim.job.tries:
        values["status"] = FAILED
    else:
        values |= {"status": READY, "run_at": now + claim.job.pause(claim.attempts)}
    return _end(portal, claim, values)


def release(portal: Portal, claim: Claim) -> bool:
    """Give a job back unfinished, to be gone on with by any worker at once."""
    now = portal.clock.now()
    return _end(portal, claim, {"status": READY, "run_at": now, "lease_until": None, "attempts": 0})


def end_cancelled(portal: Portal, claim: Claim) -> bool:
    """End a job that was cancelled."""
    now = portal.clock.now()
    return _end(portal, claim, {"status": CANCELLED, "finished_at": now, "lease_until": None})


def keep_alive(portal: Portal, claim: Claim) -> bool:
    """Extend the lease of a job; False where it was lost."""
    until = portal.clock.now() + claim.job.lease
    with portal.writing(SYSTEM, ORIGIN) as uow:
        kept = hold(uow.session, claim, {"lease_until": until})
        uow.commit()
    return kept is not None


def hold(session: Session, claim: Claim, values: Mapping[str, Any]) -> bool | None:
    """Change a job in a transaction of its worker; return whether it is to be cancelled, None where the lease is lost.

    From here to the end of the transaction no other worker can take the job.
    """
    mine = (_ROW.id == claim.id, _ROW.token == claim.token, _ROW.status == RUNNING)
    row = session.execute(_update(*mine).values(dict(values)).returning(_ROW.cancel)).one_or_none()
    return None if row is None else bool(row[0])


def cancel(uow: UnitOfWork, job_id: int) -> bool:
    """Cancel a job: one that waits at once, one that runs at its next step; False where it has ended."""
    now, session = uow.now, uow.session
    live = (
        _ROW.id == job_id,
        _ROW.status.in_(LIVE),
        or_(_ROW.key.is_(None), _ROW.key.not_like(f"{INTERVAL}%")),
    )
    waiting = _update(*live, _ROW.status == READY).values(status=CANCELLED, finished_at=now, cancel=True)
    if _count(session.execute(waiting)):
        return True
    return bool(_count(session.execute(_update(*live).values(cancel=True))))


def _end(portal: Portal, claim: Claim, values: Mapping[str, Any]) -> bool:
    mine = [_ROW.id == claim.id, _ROW.token == claim.token]
    if claim.leased:
        mine.append(_ROW.status == RUNNING)
    with portal.writing(SYSTEM, ORIGIN) as uow:
        ended = _count(uow.session.execute(_update(*mine).values(dict(values))))
        if values.get("run_at") == uow.now:
            wake(uow.session)
        uow.commit()
    return bool(ended)


def _update(*which: Any) -> Any:
    return scope.door(update(JobRow.__table__).where(*which), _WHY)


def _insert(session: Session) -> Any:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(JobRow.__table__)


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
