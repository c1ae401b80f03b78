"""Make what is laid before meetings whose period has ended."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.meetings.making import due, make


@job
class MakeMeetings(Job):
    """Papers of meetings, with figures as they were."""

    name = "make_meetings"
    title = msg("Papers of meetings")
    every = dt.timedelta(hours=1)
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Make one meeting in a transaction; what is cut off is made by the next."""
        number = 0
        with work.portal.reading(work.access) as session:
            wanted = list(due(work.portal, session))
        for centre, kind, days in wanted:
            with work.writing() as uow:
                make(uow, centre, kind, days)
                uow.commit()
            number += 1
            work.check()
        return {"meetings": number}
