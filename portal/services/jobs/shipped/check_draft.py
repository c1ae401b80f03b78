"""Check a draft of a configuration in a worker: its files, its rules and, where asked, its sample matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.drafts.checking import JOB, keep_findings, opened_for_check, problems_of
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.stories import walked


@job
class CheckDraft(Job):
    """The check of one draft; the draft keeps what was found, with the position at which it was read."""

    name = JOB
    title = msg("Check of a draft of the configuration")
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Check the draft, run its stories where that was asked for, and keep the findings."""
        with work.portal.reading(work.access) as session:
            checking = opened_for_check(session, str(work.payload["draft"]))
        problems = problems_of(checking)
        work.check()
        errors = sum(one.severity == "error" for one in problems)
        stories = (
            walked(checking.resolved, telling(work)) if work.payload.get("whole") and not errors else None
        )
        with work.writing() as uow:
            keep_findings(uow, checking, problems, stories)
            uow.commit()
        return {"errors": errors, "position": checking.position}


def telling(work: JobRun) -> Callable[[int, int], None]:
    """Return what says how far the stories of a job are, and ends it where it goes on no further."""

    def tell(at: int, count: int) -> None:
        work.tell(at, count, msg("%(done)s of %(total)s sample matters walked through"))
        work.check()

    return tell
