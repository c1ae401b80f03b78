"""Remove what ended long ago: jobs, messages that were sent, due events that were done."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete

from portal.core.errors import msg
from portal.persistence.models import DueEvent, OutboxMessage
from portal.persistence.models import Job as JobRow
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.queue import CANCELLED, DONE, FAILED
from portal.services.jobs.running import JobRun

KEPT = dt.timedelta(days=30)
# What failed or was given up stays longer: somebody has to look at it.
FAILED_KEPT = dt.timedelta(days=180)


@job
class ForgetJobs(Job):
    """Removal of jobs, messages and due events that are over."""

    name = "forget_jobs"
    title = msg("Removal of jobs that ended long ago")
    every = dt.timedelta(hours=6)

    def run(self, work: JobRun) -> None:
        """Remove them."""
        with work.writing() as uow:
            old, older = uow.now - KEPT, uow.now - FAILED_KEPT
            for model, *which in (
                (JobRow, JobRow.status.in_((DONE, CANCELLED)), JobRow.finished_at < old),
                (JobRow, JobRow.status == FAILED, JobRow.finished_at < older),
                (OutboxMessage, OutboxMessage.sent_at < old),
                (OutboxMessage, OutboxMessage.given_up_at < older),
                (DueEvent, DueEvent.done_at < old),
                (DueEvent, DueEvent.given_up_at < older),
            ):
                gone = delete(model).where(*which).execution_options(synchronize_session=False)
                uow.session.execute(gone)
            uow.commit()
