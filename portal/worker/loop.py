"""The loop of a worker: two threads take jobs from the queue, the main thread gives the signs of life.

One thread runs what is due every few seconds, the other one long work, so that neither waits for the other. The main
thread extends leases, sees whether the worker is to stop, and whether the process that started it is still there.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.memory import give_back
from portal.core.errors import PortalError
from portal.persistence.waking import Pace, Waker, waker_of
from portal.services.jobs import queue, workers
from portal.services.jobs.catalogue import all_jobs
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal

log = logging.getLogger("portal.jobs")
BEAT_SECONDS = 5.0
TICK_SECONDS = 0.5
# A job that gives no sign of life for so long, no step and nothing stored, loses its lease.
PATIENCE_SECONDS = 900.0
LONGEST_WAIT = 30.0
# As much time as jobs have to come to a step when the worker is told to stop.
GRACE_SECONDS = 15.0


class Lane(threading.Thread):
    """A thread that runs jobs of some names, one after the other."""

    def __init__(self, worker: Worker, is_long: bool) -> None:
        super().__init__(name="long" if is_long else "short", daemon=True)
        self.worker = worker
        self.is_long = is_long
        self.at_work: JobRun | None = None

    def run(self) -> None:
        """Take and run jobs until the worker is told to stop."""
        pace, used = Pace(), True
        while not self.worker.stopped.is_set():
            try:
                taken = self._one()
                pace.well()
            except (SQLAlchemyError, PortalError) as error:
                log.warning("the queue does not answer: %s", type(error).__name__)
                self.worker.stopped.wait(pace.next())
                continue
            if taken:
                used = True
                continue
            if used:
                give_back()
                used = False
            self.worker.sleep(self._until_next())

    def _one(self) -> bool:
        portal, names = self.worker.portal, self.names()
        due = queue.next_at(portal, names)
        if due is None or due > portal.clock.now():
            return False
        claim = queue.claim(portal, self.worker.name, names)
        if claim is None:
            return False
        self.at_work = JobRun(portal, claim, self.worker.stopped.is_set)
        try:
            run_claim(portal, self.at_work)
        finally:
            self.at_work = None
        return True

    def names(self) -> list[str]:
        """Return the jobs of this thread."""
        return [name for name, one in all_jobs().items() if one.long == self.is_long]

    def _until_next(self) -> float:
        due = queue.next_at(self.worker.portal, self.names())
        if due is None:
            return LONGEST_WAIT
        # Something due that could not be taken is somebody else's.
        return min(max((due - self.worker.portal.clock.now()).total_seconds(), 0.05), LONGEST_WAIT)


class Worker:
    """A worker: told to stop by ``stopped``, by ``must_stop``, or by a thread that failed."""

    def __init__(
        self,
        portal: Portal,
        *,
        must_stop: Callable[[], bool] = lambda: False,
        beat: Callable[[], object] = lambda: None,
    ) -> None:
        self.portal = portal
        self.name = f"{socket.gethostname()[:50]}:{os.getpid()}:{secrets.token_hex(3)}"
        self.stopped = threading.Event()
        self._must_stop = must_stop
        self._beat = beat
        self._waker: Waker = waker_of(portal.database, queue.CHANNEL)
        self._started: dt.datetime | None = None

    def run(self) -> bool:
        """Work until told to stop; False where a thread of it failed."""
        lanes = [Lane(self, False), Lane(self, True)]
        for lane in lanes:
            lane.start()
        beaten, well, pace, scheduled = -BEAT_SECONDS, True, Pace(), False
        while well and not self.stopped.is_set() and not self._must_stop():
            if time.monotonic() - beaten >= BEAT_SECONDS:
                scheduled = self._sign_of_life(lanes, scheduled)
                beaten = time.monotonic() if scheduled else time.monotonic() - BEAT_SECONDS + pace.next()
            if self._are_alive(lanes):
                self._beat()
            self.stopped.wait(TICK_SECONDS)
            well = all(lane.is_alive() for lane in lanes)
        self._end(lanes)
        return well

    def stop(self) -> None:
        """Let the jobs come to a step, and stop."""
        self.stopped.set()

    def sleep(self, seconds: float) -> None:
        """Wait until there may be something to do."""
        self._waker.wait(seconds, self.stopped)

    def _sign_of_life(self, lanes: list[Lane], scheduled: bool) -> bool:
        """Extend what is held; False where the database does not answer."""
        try:
            if not scheduled:
                queue.schedule(self.portal)
            self._started = self._started or self.portal.clock.now()
            workers.note(self.portal, self.name, self._started)
            for run in [lane.at_work for lane in lanes]:
                if run is not None and run.claim.leased and _lives(run):
                    queue.keep_alive(self.portal, run.claim)
        except (SQLAlchemyError, PortalError) as error:
            log.warning("no sign of life: %s", type(error).__name__)
            return False
        return True

    @staticmethod
    def _are_alive(lanes: list[Lane]) -> bool:
        return all(run is None or _lives(run) for run in [lane.at_work for lane in lanes])

    def _end(self, lanes: list[Lane]) -> None:
        self.stopped.set()
        until = time.monotonic() + GRACE_SECONDS
        for lane in lanes:
            while lane.is_alive() and time.monotonic() < until:
                self._beat()
                lane.join(TICK_SECONDS)
        self._waker.close()
        try:
            workers.forget(self.portal, self.name)
        except (SQLAlchemyError, PortalError) as error:
            log.warning("not signed off: %s", type(error).__name__)


def _lives(run: JobRun) -> bool:
    return time.monotonic() - run.alive_at < PATIENCE_SECONDS
