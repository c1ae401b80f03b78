"""Tell the database how its tables are filled, where it does not look by itself."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import msg
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun


@job
class RefreshStatistics(Job):
    """Refreshing of what the database knows of its tables: by it an index is chosen for each list."""

    name = "refresh_statistics"
    title = msg("Statistics by which the database finds its way")
    every = dt.timedelta(hours=6)

    def run(self, work: JobRun) -> None:
        """Refresh them: SQLite asks to be told, PostgreSQL looks by itself."""
        work.portal.database.refresh_statistics()
