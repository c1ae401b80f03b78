"""Compare the figures with the records each night."""

from __future__ import annotations

from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.figures import upkeep
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun


@job
class CompareFigures(Job):
    """Comparison of the figures with the records; older records that were never counted are counted first."""

    name = "compare_figures"
    title = msg("Comparison of figures with the records")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Say how many figures differ; none is corrected unseen: ``portal records figures --rebuild`` does that."""
        upkeep.ensure(work.portal.database)
        found = upkeep.check(work.portal.database)
        return {"differences": len(found), "first": [str(one) for one in found[:5]]}
