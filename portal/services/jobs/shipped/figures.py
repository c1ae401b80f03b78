"""Fold what acts added to the figures, and compare them with the records each night."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.figures import upkeep
from portal.services.figures.folding import fold_figures
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun


@job
class FoldFigures(Job):
    """Folding of changes into the figures of all units."""

    name = "fold_figures"
    title = msg("Folding of changes into figures")
    every = dt.timedelta(seconds=10)

    def run(self, work: JobRun) -> dict[str, Any]:
        """Fold some thousands in a transaction, until nothing is left; what is cut off is folded by the next."""
        number = 0
        while True:
            with work.writing() as uow:
                some = fold_figures(uow.session)
                uow.commit()
            if not some:
                return {"changes": number}
            number += some
            work.check()


@job
class CompareFigures(Job):
    """Comparison of the figures with the records; older records that were never counted are counted first."""

    name = "compare_figures"
    title = msg("Comparison of figures with the records")
    every = dt.timedelta(hours=24)
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Say how many figures differ; none is corrected unseen: ``portal records figures --rebuild`` does that."""
        upkeep.ensure(work.portal.database)
        found = upkeep.check(work.portal.database)
        return {"differences": len(found), "first": [str(one) for one in found[:5]]}
