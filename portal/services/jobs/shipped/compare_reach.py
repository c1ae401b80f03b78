"""Compare which units see records with the records, each night some of them."""

from __future__ import annotations

import logging
from random import Random
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun
from portal.services.reach import upkeep

log = logging.getLogger("portal.jobs")
# Of some thousand records each: a small portal is compared whole every night.
PORTIONS = 25


@job
class CompareReach(Job):
    """Comparison of the rows of ``record_reach`` with the records, in portions drawn by chance."""

    name = "compare_reach"
    title = msg("Comparison of who sees records with the records")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Say what differs; nothing is corrected unseen: ``portal records reach --rebuild`` does that."""
        portions, found = upkeep.check_some(work.portal.database, PORTIONS, Random(), work.check)
        if found:
            log.error("units that see records: %d rows differ from the records", len(found))
        return {"portions": portions, "differences": len(found), "first": [str(one) for one in found[:5]]}
