"""Give older records their values of newly declared fields, once a release that declares them is in force.

Each night it goes through all centres: records may have been entered meanwhile below counties that run by an older
release than their city.
"""

from __future__ import annotations

from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services import jobs
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun
from portal.services.records.entering.filling import UNDER_WAY, fill


@job
class FillFields(Job):
    """Filling of newly declared fields below one centre, or below all of them."""

    name = "fill_fields"
    title = msg("Filling of newly declared fields")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Fill in chunks; how far that came is stored with the values, so another worker goes on from there."""
        count = 0

        def told(_where: str, more: int) -> None:
            nonlocal count
            count += more
            work.tell(count, None, msg("%(done)s records filled"))
            work.check()

        unit_id = work.payload.get("unit_id")
        done = fill(work.portal, told=told, unit_id=unit_id, begin=work.writing)
        if unit_id is not None and not work.payload.get("again"):
            # What was being entered when the release came into force did not know of the field yet.
            with work.writing() as uow:
                later = uow.now + UNDER_WAY
                jobs.enqueue(uow, self.name, {"unit_id": unit_id, "again": True}, at=later)
                uow.commit()
        return {"fields": done.fields, "records": done.records}
