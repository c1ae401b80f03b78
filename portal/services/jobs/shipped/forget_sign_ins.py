"""Remove what is left of sign-ins: sessions that are over, steps that took too long, attempts that count no more."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import msg
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.sign_in import attempts, sessions, steps
from portal.services.sign_in.limits import Limits


@job
class ForgetSignIns(Job):
    """Removal of sessions, steps and attempts whose time is over."""

    name = "forget_sign_ins"
    title = msg("Removal of sessions that are over")
    every = dt.timedelta(minutes=5)

    def run(self, work: JobRun) -> None:
        """Remove them; none of them counts any more before it is removed."""
        limits = Limits()
        with work.writing() as uow:
            sessions.forget_ended(uow)
            steps.forget_late(uow, limits)
            attempts.forget_old(uow, limits)
            uow.commit()
