"""How far one job is, for those whom it concerns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import NotFound, msg
from portal.persistence.models import Job as JobRow
from portal.services.jobs.catalogue import all_jobs
from portal.services.jobs.queue import LIVE

if TYPE_CHECKING:
    from portal.services.portal import Portal

_ROW = JobRow.__table__.c
READER = Access.system("how far a job is; who asks is checked")


@dataclass(frozen=True, slots=True)
class Progress:
    """A job as it stands."""

    id: int
    name: str
    # A message id, and those of the words of the progress with their parameters.
    title: str
    user_id: int | None
    status: str
    done: int
    total: int | None
    words: str
    params: Mapping[str, Any]
    cancelling: bool
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    attempts: int
    error: str
    result: Mapping[str, Any] | None

    @property
    def live(self) -> bool:
        """Return whether it waits or runs."""
        return self.status in LIVE

    @property
    def share(self) -> float | None:
        """Return how much of it is done, from 0 to 1; None while nobody knows."""
        return min(self.done / self.total, 1.0) if self.total else None


def progress(portal: Portal, job_id: int) -> Progress:
    """Return how far a job is; raise NotFound where there is none. Whom it may be shown to, the caller asks."""
    with portal.reading(READER) as session:
        row = session.scalars(select(JobRow).where(_ROW.id == job_id)).one_or_none()
    if row is None:
        raise unknown()
    told = row.progress or {}
    known = all_jobs().get(row.kind)
    return Progress(
        id=row.id,
        name=row.kind,
        title=known.title if known else row.kind,
        user_id=row.user_id,
        status=row.status,
        done=int(told.get("done", 0)),
        total=told.get("total"),
        words=str(told.get("words", "")),
        params=told.get("params", {}),
        cancelling=row.cancel and row.status in LIVE,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=row.attempts,
        error=row.error,
        result=row.result,
    )


def latest(portal: Portal, key: str) -> int | None:
    """Return the number of the job of a key that was enqueued last; None where there never was one."""
    with portal.reading(READER) as session:
        return session.scalar(select(_ROW.id).where(_ROW.key == key).order_by(_ROW.id.desc()).limit(1))


def unknown() -> NotFound:
    """Return the refusal of a job that is not there, or not the person's to see."""
    return NotFound("job.none", msg("There is no such job"))
