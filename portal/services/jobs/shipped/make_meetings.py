"""Make what is laid before meetings whose period has ended."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.persistence.patience import TookTooLong
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.meetings.making import counted, due, store


@job
class MakeMeetings(Job):
    """Papers of meetings, with figures as they were."""

    name = "make_meetings"
    title = msg("Papers of meetings")
    every = dt.timedelta(hours=1)
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Count a meeting, then store it in a transaction of its own; what is cut off is made by the next.

        One that takes too long to count does not keep the others from being made.
        """
        number, late = 0, list[TookTooLong]()
        with work.portal.reading(work.access) as session:
            wanted = list(due(work.portal, session))
        for centre, kind, days in wanted:
            work.check()
            try:
                found = counted(work.portal, centre, kind, days)
            except TookTooLong as error:
                late.append(error)
                continue
            with work.writing() as uow:
                store(uow, centre, kind, days, found)
                uow.commit()
            number += 1
        if late:
            raise late[0]
        return {"meetings": number}
