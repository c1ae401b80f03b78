"""Remove wrong look-ups that count no more."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import msg
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.lookup import LookupLimits, forget_old


@job
class ForgetLookups(Job):
    """Removal of wrong look-ups whose time is over."""

    name = "forget_lookups"
    title = msg("Removal of old look-ups")
    every = dt.timedelta(minutes=10)

    def run(self, work: JobRun) -> None:
        """Remove them."""
        with work.writing() as uow:
            forget_old(uow, LookupLimits())
            uow.commit()
