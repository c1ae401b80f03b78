"""Give older records the words by which they are found, and take away those of fields that a release closed."""

from __future__ import annotations

from typing import Any, ClassVar

from portal.core.errors import msg
from portal.persistence.models import Job as JobRow
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun
from portal.services.records.entering.words_anew import REVISION, index_older
from portal.services.releases.closed_texts import close_texts
from portal.services.releases.reading import pinned
from portal.services.units.centres import all_centres


@job
class IndexTexts(Job):
    """The words of all records, in chunks; done once for each way of making them."""

    name = "index_texts"
    title = msg("Older records found by their words")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Close what the releases in force close, then go through the records unless the last run did."""
        with work.writing() as uow:
            closed = 0
            for centre in all_centres(uow.session):
                bundle = pinned(work.portal, uow.session, centre.release_id)
                closed += close_texts(uow.session, bundle, centre.unit_path)
            uow.commit()
        with work.portal.reading(work.access) as session:
            row = session.get(JobRow, work.claim.id)
            last = dict(row.result or {}) if row is not None else {}
        if last.get("revision") == REVISION:
            return last | {"closed": closed}

        def told(seen: int) -> None:
            work.tell(seen, None, msg("%(done)s records read for their words"))
            work.check()

        return {"revision": REVISION, "closed": closed, "records": index_older(work.writing, told)}
