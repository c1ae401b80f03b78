"""Work out what runs once more, when a release with another calendar comes into force at a centre."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core.errors import msg
from portal.services.jobs.catalogue import job
from portal.services.jobs.long import LongJob, results_of
from portal.services.jobs.running import JobRun
from portal.services.portal import Work
from portal.services.records.handling.clocks.recalculating import recalculate, running_records

STEP = 500


@job
class RecalculateClocks(LongJob):
    """Periods of one centre by the calendar in force, in ranges of records."""

    name = "recalculate_clocks"
    title = msg("Working out periods by another calendar")

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the ranges of records that there were when the calendar came."""
        return [str(first) for first in range(0, work.payload["upto"] + 1, STEP)]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Work out the clocks of one range; return how many records have another day."""
        found = running_records(uow, work.payload["unit_id"], int(name), int(name) + STEP)
        return sum(recalculate(uow, record) for record in found)

    def words(self, work: JobRun) -> tuple[str, dict[str, Any]]:
        """Return how the progress reads."""
        return msg("%(done)s of %(total)s ranges of records worked out"), {}

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Return how many records have another day."""
        return {"records": sum(results_of(uow, work.claim.id).values())}
