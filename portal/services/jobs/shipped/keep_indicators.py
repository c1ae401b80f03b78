"""Fold what acts marked into the counts of indicators, and fill in definitions that are new."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.services.indicators.upkeep import begin, fill, fold
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun


@job
class KeepIndicators(Job):
    """Folding of changed records into the counts of indicators."""

    name = "keep_indicators"
    title = msg("Folding of changes into the figures of the board")
    every = dt.timedelta(seconds=10)

    def run(self, work: JobRun) -> dict[str, Any]:
        """Fold some records in a transaction, until nothing is left; what is cut off is folded by the next."""
        number = 0
        while True:
            with work.writing() as uow:
                some = fold(work.portal, uow.session)
                uow.commit()
            if not some:
                return {"changes": number}
            number += some
            work.check()


@job
class FillIndicators(Job):
    """Counting of all records for definitions of indicators that came into force."""

    name = "fill_indicators"
    title = msg("Counting of all records for new figures of the board")
    every = dt.timedelta(minutes=1)
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Count a portion of the records in a transaction; what is cut off goes on where it was stored last."""
        with work.writing() as uow:
            wanted = begin(work.portal, uow.session)
            uow.commit()
        number, more = 0, int(wanted)
        while more:
            with work.writing() as uow:
                more = fill(work.portal, uow.session)
                uow.commit()
            number += more
            work.check()
        return {"records": number}
