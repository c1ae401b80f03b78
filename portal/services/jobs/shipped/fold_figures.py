"""Fold what acts added to the figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

from portal.core.errors import msg
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
