"""Read the values of stored records anew once the ways of reading changed, so that they are found like new ones."""

from __future__ import annotations

from typing import Any, ClassVar

from portal.core.errors import msg
from portal.core.ways import REVISION
from portal.persistence.models import Job as JobRow
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun
from portal.services.records.entering.reading_anew import read_anew


@job
class ReadAnew(Job):
    """Columns, titles and digests of all records, in chunks; nothing is done where it was done by the same ways."""

    name = "read_anew"
    title = msg("Older records found by what their values mean")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Go through the records, unless the last run did so by the same ways of reading."""
        with work.portal.reading(work.access) as session:
            row = session.get(JobRow, work.claim.id)
            last = dict(row.result or {}) if row is not None else {}
        if last.get("revision") == REVISION:
            return last

        def told(seen: int) -> None:
            work.tell(seen, None, msg("%(done)s records read anew"))
            work.check()

        return {"revision": REVISION} | read_anew(work.writing, told)
