"""Remove the keys of repeated requests after their day."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import msg
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.records.entering import request_keys


@job
class ForgetRequestKeys(Job):
    """Removal of keys that are older than a day."""

    name = "forget_request_keys"
    title = msg("Removal of old keys of requests")
    every = dt.timedelta(minutes=10)

    def run(self, work: JobRun) -> None:
        """Remove them."""
        with work.writing() as uow:
            request_keys.forget_old(uow)
            uow.commit()
