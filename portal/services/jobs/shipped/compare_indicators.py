"""Count all records again each night, and compare with the counts of indicators that are kept."""

from __future__ import annotations

from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.indicators.proof import recount
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun


@job
class CompareIndicators(Job):
    """Comparison of the figures of the board with the records."""

    name = "compare_indicators"
    title = msg("Comparison of the figures of the board with the records")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Say how many records and cells differ; none is corrected unseen."""
        found = recount(work.portal)
        return {
            "records": found.records,
            "differences": len(found.others) + len(found.cells),
            "first": [str(one) for one in (*found.others[:5], *found.cells[:5])],
        }
