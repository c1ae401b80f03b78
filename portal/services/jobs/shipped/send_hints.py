"""Hints by outer channels: of the day, urgent ones, and the sending of each with retry."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from portal.core.errors import msg
from portal.persistence.models import Job as JobRow
from portal.services.hints import sending
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun


@job
class DailyHints(Job):
    """Enqueues the hints of the day, once each working day."""

    name = "daily_hints"
    title = msg("Hints of the day")
    every = dt.timedelta(days=1)
    at = dt.time(8, 30)

    def run(self, work: JobRun) -> dict[str, Any]:
        """Enqueue them."""
        with work.writing() as uow:
            made = sending.enqueue_daily(uow)
            uow.commit()
        return {"hints": made}


@job
class UrgentHints(Job):
    """Enqueues urgent hints where more waits than at its last look; how much waited then is its result."""

    name = "urgent_hints"
    title = msg("Urgent hints")
    every = dt.timedelta(minutes=10)

    def run(self, work: JobRun) -> dict[str, Any]:
        """Look, and enqueue them."""
        with work.writing() as uow:
            last = uow.session.scalar(select(JobRow.result).where(JobRow.id == work.claim.id)) or {}
            waits = sending.enqueue_urgent(uow, last.get("waits", {}))
            uow.commit()
        return {"waits": waits}


@job
class SendHint(Job):
    """Sends one hint; a channel that does not answer is tried again for an hour."""

    name = sending.SEND
    title = msg("Sending of a hint")
    tries = 7

    def run(self, work: JobRun) -> dict[str, Any]:
        """Send it."""
        return sending.send(work.portal, work.payload)

    def pause(self, attempts: int) -> dt.timedelta:
        """Return a longer pause after each failure: a minute, two, four."""
        return dt.timedelta(minutes=min(2 ** max(attempts - 1, 0), 30))
