"""Throw sandboxes away whose days are over, or whose draft has ended."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import select

from portal.core.errors import msg
from portal.persistence.models import Draft
from portal.services.drafts.finding import TRIED
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.sandboxes import Sandboxes


@job
class ForgetSandboxes(Job):
    """Removal of sandboxes that are over."""

    name = "forget_sandboxes"
    title = msg("Removal of sandboxes that are over")
    every: ClassVar[dt.timedelta | None] = dt.timedelta(hours=1)

    def run(self, work: JobRun) -> dict[str, Any]:
        """Remove them, and return how many there were."""
        instance = work.portal.instance
        if instance is None:
            return {"removed": 0}
        sandboxes, now = Sandboxes.at(instance), work.portal.clock.now()
        drafts = [one.draft for one in sandboxes.all()]
        with work.portal.reading(work.access) as session:
            live = set(
                session.scalars(select(Draft.uid).where(Draft.uid.in_(drafts), Draft.state.in_(TRIED)))
            )
        over = {*sandboxes.left_over(now), *(one for one in drafts if one not in live)}
        return {"removed": sum(sandboxes.remove(one) for one in sorted(over))}
