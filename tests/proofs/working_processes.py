"""Workers as processes of their own, with a sweep and a long job that show what was done how often."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from portal.core.access import Access
from portal.persistence.models import OutboxMessage
from portal.services.jobs.catalogue import JOBS, Job
from portal.services.jobs.due import Due, DueSweep, once
from portal.services.jobs.long import LongJob, count_of
from portal.services.jobs.running import JobRun
from portal.services.portal import Portal, Work
from portal.worker.loop import Worker

SYSTEM = Access.system("proof")
LEASE = dt.timedelta(seconds=3)


class Bells(DueSweep):
    """Rings each bell that falls due: a row of the outbox for each time that it rang."""

    name = "proof_bells"
    title = "Bells"
    kind = "bell"
    every: ClassVar[dt.timedelta | None] = dt.timedelta(seconds=0.5)
    batch = 10

    def effect(self, uow: Work, item: Due) -> None:
        """Ring one, slowly enough to be killed in the middle."""
        once(uow, item, "ring", lambda: uow.notify("rung", {"bell": item.subject}))
        uow.session.flush()
        time.sleep(0.01)


class Pages(LongJob):
    """Writes pages: a row of the outbox for each one written."""

    name = "proof_pages"
    title = "Pages"
    lease: ClassVar[dt.timedelta] = LEASE

    def chunks(self, work: JobRun) -> list[str]:
        """Return the numbers of the pages."""
        return [str(number) for number in range(int(work.payload["pages"]))]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Write one page."""
        uow.notify("page", {"page": name})
        uow.session.flush()
        time.sleep(float(work.payload["seconds"]))
        return os.getpid()

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Count them."""
        return {"pages": count_of(uow, work.claim.id)}


def register() -> None:
    """Put the jobs of this module into the table of this process."""
    for kind in (Bells, Pages):
        if kind.name not in JOBS:
            JOBS.add(kind())


@contextmanager
def registered() -> Iterator[None]:
    """Put the jobs of this module into the table of this process for a while."""
    bells: Job = Bells()
    with JOBS.with_entry(bells), JOBS.with_entry(Pages()):
        yield


class Crew:
    """Worker processes on one database; one that is killed is followed by another."""

    def __init__(self, url: str, number: int, log: Path) -> None:
        self._command = [sys.executable, "-m", __name__, url]
        self._log = log
        self.members = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self, number: int, *, another: bool = True) -> None:
        """Kill one as a crash would, and start another in its place."""
        self.members[number].send_signal(signal.SIGKILL)
        self.members[number].wait()
        if another:
            self.members[number] = self._start()

    def end(self) -> None:
        """Kill them all."""
        for one in self.members:
            one.kill()
            one.wait()


def until(holds: Callable[[], object], seconds: float) -> bool:
    """Wait until something holds; False where it does not in time."""
    last = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > last:
            return False
        time.sleep(0.02)
    return True


def messages(portal: Portal, topic: str, what: str) -> list[str]:
    """Return what each message of a topic is about."""
    from sqlalchemy import select

    with portal.reading(SYSTEM) as session:
        found = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == topic))
        return [str(one[what]) for one in found]


def main(url: str) -> None:
    """Work on a database until killed."""
    register()
    Worker(Portal.from_url(url)).run()


if __name__ == "__main__":
    # The classes of this process are those of the module, not of ``__main__``.
    from tests.proofs import working_processes

    working_processes.main(sys.argv[1])
