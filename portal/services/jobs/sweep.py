"""A sweep: what waits is claimed and done in one transaction, by any number of workers at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from portal.services.jobs.catalogue import Job
from portal.services.jobs.running import Ended, JobRun
from portal.services.portal import Work

log = logging.getLogger("portal.jobs")
T = TypeVar("T")


class Sweep(Job, Generic[T]):
    """Work on everything that waits, in batches. It needs an interval and no lease.

    Each batch is one transaction: a worker that dies in it has claimed nothing and done nothing. On PostgreSQL
    ``claim`` has to lock the rows that it returns and to pass over those that others hold
    (``with_for_update(skip_locked=True)``); SQLite has one writer at a time.
    """

    leased: ClassVar[bool] = False
    batch: ClassVar[int] = 50
    # Other sweeps have their turn after so many batches.
    rounds: ClassVar[int] = 20

    def claim(self, uow: Work, limit: int) -> Sequence[T]:
        """Return what waits, at most ``limit`` of it, as plain values: rows are gone after a failure."""
        raise NotImplementedError

    def effect(self, uow: Work, item: T) -> None:
        """Do what is due for one claimed item, and mark it as done."""
        raise NotImplementedError

    def failed(self, uow: Work, item: T, error: Exception) -> None:
        """Note in a transaction of its own that an item failed, so that it isn't claimed again at once.

        Without this the whole sweep fails, and is tried again after a pause.
        """
        raise error

    def run(self, work: JobRun) -> None:
        """Work until nothing waits."""
        for _ in range(self.rounds):
            work.check()
            if not self.one_batch(work):
                return
        work.again = True

    def one_batch(self, work: JobRun) -> bool:
        """Do one batch; False where it was not full."""
        item: T | None = None
        try:
            with work.writing() as uow:
                items = self.claim(uow, self.batch)
                for item in items:
                    self.effect(uow, item)
                item = None
                uow.commit()
            return len(items) >= self.batch
        except Ended:
            raise
        except Exception as error:
            if item is None:
                raise
            self._pass_over(work, item, error)
            return True

    def _pass_over(self, work: JobRun, item: T, error: Exception) -> None:
        log.warning("job %s: an item failed", self.name, exc_info=error)
        with work.writing() as uow:
            self.failed(uow, item, error)
            uow.commit()
