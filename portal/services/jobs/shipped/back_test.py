"""Try the rules of a draft on past matters, part by part, with progress."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.core.kept import Kept
from portal.services.drafts.back_tests import JOB, keep_back_test, past_matters
from portal.services.drafts.past_matters import PastMatters
from portal.services.jobs.catalogue import job
from portal.services.jobs.long import LongJob, results_of
from portal.services.jobs.running import JobRun
from portal.services.portal import Work

_PREPARED: Kept[int, PastMatters] = Kept(1)


@job
class BackTest(LongJob):
    """The trial of one draft; each part stores its counts, and the whole is kept with the draft."""

    name: ClassVar[str] = JOB
    title: ClassVar[str] = msg("Trial of a draft on past matters")

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the parts of the matters."""
        with work.portal.reading(work.access) as session:
            past = past_matters(work.portal, session, int(work.payload["test"]), work.payload)
            _PREPARED.put(work.claim.id, past)
            return [str(one) for one in past.blocks(session)]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Count the matters of one part. They are read beside the unit of work, which locks nothing until it stores."""
        with work.portal.reading(work.access) as session:
            past = _PREPARED.of(
                work.claim.id,
                lambda: past_matters(work.portal, session, int(work.payload["test"]), work.payload),
            )
            return past.tally(session, int(name)).to_json()

    def words(self, work: JobRun) -> tuple[str, dict[str, Any]]:
        """Return how the progress reads."""
        return msg("%(done)s of %(total)s parts of the past matters"), {}

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Keep the counts of all parts with the draft."""
        parts = results_of(uow, work.claim.id)
        whole = keep_back_test(uow, int(work.payload["test"]), parts.values())
        return {"matters": whole.matters, "elsewhere": whole.elsewhere}
