"""Check the merged configuration of a plan in a worker: its files, its rules, the sample matters of both sides."""

from __future__ import annotations

from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.jobs.shipped.check_draft import telling
from portal.services.rollout.checking import findings, keep_check, opened_plan
from portal.services.rollout.finding import is_live
from portal.services.rollout.planning import JOB


@job
class CheckPlan(Job):
    """The check of one plan; the plan keeps what was found, with the decisions for which it holds."""

    name = JOB
    title = msg("Check of a new version planned for a centre")
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Check the plan, run the stories, and keep the findings."""
        with work.portal.reading(work.access) as session:
            # A plan that was put in force or given up meanwhile keeps what it had.
            if not is_live(session, str(work.payload["plan"])):
                return {}
            check = opened_plan(session, str(work.payload["plan"]))
        problems, stories = findings(check, telling(work))
        work.check()
        with work.writing() as uow:
            keep_check(uow, check, problems, stories)
            uow.commit()
        return {"errors": sum(one.severity == "error" for one in problems)}
