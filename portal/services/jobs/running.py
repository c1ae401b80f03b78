"""A job at work: what it may do while it holds its lease, and how it ends."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError

from portal.core.access import Access, Origin
from portal.core.errors import PortalError
from portal.core.forms import matching
from portal.services.jobs import queue
from portal.services.jobs.queue import ORIGIN, Claim
from portal.services.portal import Portal, Work

log = logging.getLogger("portal.jobs")
LONGEST_REST = 1.0


class Ended(Exception):
    """The work goes no further here; what is not stored yet is not stored."""


class LostLease(Ended):
    """Another worker has the job now."""


class Cancelled(Ended):
    """The job was cancelled."""


class Stopping(Ended):
    """The worker stops; another one goes on."""


@dataclass
class JobRun:
    """One run of a job by one worker."""

    portal: Portal
    claim: Claim
    stopping: Callable[[], bool] = lambda: False
    # Of a sweep that stopped before it had found nothing more: it is due again at once.
    again: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    alive_at: float = field(default_factory=time.monotonic)
    # Seconds for which the last unit of work was open.
    held: float = 0.0

    @property
    def payload(self) -> Mapping[str, Any]:
        """Return what the job was enqueued with."""
        return self.claim.payload

    @property
    def access(self) -> Access:
        """Return the system's access, for the reason that this job runs."""
        return Access.system(f"job {self.claim.job.name}")

    def writing(self, access: Access | None = None, origin: Origin = ORIGIN) -> FencedWork:
        """Begin a unit of work that is stored only while the lease is this worker's."""
        self._let_others_write()
        return FencedWork(self, access or self.access, origin)

    def _let_others_write(self) -> None:
        """Rest for as long as the last unit of work of a long job held SQLite's one write lock.

        Who waits for that lock looks for it now and then: between two chunks without a rest nobody would find it free.
        """
        if self.claim.job.long and self.portal.database.dialect == "sqlite":
            time.sleep(min(self.held, LONGEST_REST))
        self.held = 0.0

    def tell(self, done: int, total: int | None = None, words: str = "", **params: Any) -> None:
        """Say how far the work is; it is stored with the next unit of work. ``words`` is a message id."""
        self.told = {"progress": {"done": done, "total": total, "words": words, "params": params}}

    def check(self) -> None:
        """Raise Stopping where the worker was told to stop; to be called between steps."""
        self.alive_at = time.monotonic()
        if self.stopping():
            raise Stopping


class FencedWork(Work):
    """A unit of work of a job. It is stored only under the token with which the job was claimed."""

    def __init__(self, run: JobRun, access: Access, origin: Origin) -> None:
        super().__init__(run.portal, access, origin)
        self.run = run
        self.began = time.monotonic()

    def commit(self) -> None:
        """Store everything; raise LostLease or Cancelled, with nothing stored, where the job goes on no more here."""
        claim = self.run.claim
        if claim.leased:
            self.session.flush()
            # Last, so that the row is held only for the moment of the commit.
            now = self.portal.clock.now()
            held = queue.hold(
                self.session, claim, {"lease_until": now + claim.job.lease, "attempts": 0, **self.run.told}
            )
            if held is None:
                raise LostLease
            if held:
                raise Cancelled
        super().commit()
        self.run.alive_at = time.monotonic()
        self.run.held += self.run.alive_at - self.began


def run_claim(portal: Portal, run: JobRun) -> bool:
    """Run a claimed job to its end; False where it failed. Only what stops a process leaves this function."""
    claim = run.claim
    matching.begin()
    try:
        result = claim.job.run(run)
    except Stopping:
        queue.release(portal, claim)
    except Cancelled:
        queue.end_cancelled(portal, claim)
    except LostLease:
        log.warning("job %s %s: another worker has it", claim.job.name, claim.id)
    except Exception as error:
        log.exception("job %s %s failed", claim.job.name, claim.id)
        queue.fail(portal, claim, words_of(error))
        return False
    else:
        queue.finish(portal, claim, result, run.again)
    return True


def words_of(error: BaseException) -> str:
    """Return why something failed, as far as that cannot hold entered values."""
    if isinstance(error, PortalError):
        return f"{error.code}: {re.sub(r'%[(][a-z_]+[)]s', '…', error.message)}"
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = str(cause).splitlines()[0] if type(cause).__name__ == "OperationalError" and str(cause) else ""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = (
        "" if last is None else f" ({last.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{last.tb_lineno})"
    )
    return f"{type(error).__name__}{where}{': ' if said else ''}{said}"
