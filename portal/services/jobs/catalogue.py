"""The table of jobs. A job is one class: its name, its words, how often it runs, what it does."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from portal.core.table import Table
from portal.core.zone import LOCAL

if TYPE_CHECKING:
    from portal.services.jobs.running import JobRun

LEASE = dt.timedelta(seconds=60)
TRIES = 5
# After each failure in a row twice as long, up to the longest.
FIRST_PAUSE = dt.timedelta(seconds=2)
LONGEST_PAUSE = dt.timedelta(minutes=10)
# A job that reads very much runs while centres are closed: once a day, at this time of the place where they are.
EACH_NIGHT = (dt.timedelta(days=1), dt.time(2, 0))
JobClass = TypeVar("JobClass", bound="type[Job]")


class Job:
    """A kind of work outside of requests, run by one worker at a time: it holds a lease while it lives.

    A worker that dies is followed by another when its lease is over, so ``run`` may begin again from the start:
    whatever it stores through ``work.writing()`` is stored only while the lease is its own.
    """

    name: ClassVar[str]
    # A message id: how the work is called on screen.
    title: ClassVar[str]
    # Run so often, once whatever the number of workers; None for work that is only enqueued.
    every: ClassVar[dt.timedelta | None] = None
    # With an interval of a day: the time of the day at the centres. What was never run does not wait for it.
    at: ClassVar[dt.time | None] = None
    lease: ClassVar[dt.timedelta] = LEASE
    # An enqueued job is given up after so many attempts without any progress; one with an interval never is.
    tries: ClassVar[int] = TRIES
    # Without a lease any number of workers may run it at once.
    leased: ClassVar[bool] = True
    # Long work has a thread of its own in each worker: what is due every few seconds never waits for it.
    long: ClassVar[bool] = False

    def run(self, work: JobRun) -> dict[str, Any] | None:
        """Do the work and return its result, which is kept with the job."""
        raise NotImplementedError

    def after(self, now: dt.datetime) -> dt.datetime:
        """Return when a job with an interval runs next, in UTC."""
        if self.every is None:
            raise TypeError(f"the job {self.name} has no interval")
        if self.at is None:
            return now + self.every
        here = now.astimezone(LOCAL)
        coming = here.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return (coming if coming > here else coming + dt.timedelta(days=1)).astimezone(dt.UTC)

    def pause(self, attempts: int) -> dt.timedelta:
        """Return how long to wait after so many failures in a row."""
        return pause(attempts)


JOBS: Table[Job] = Table("jobs")


def job(kind: JobClass) -> JobClass:
    """Register a class of jobs."""
    JOBS.add(kind())
    return kind


def all_jobs() -> Table[Job]:
    """Return the table with every job that the portal ships."""
    _load()
    return JOBS


def pause(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many failures in a row: 2 s, 4 s, 8 s ... 10 min."""
    return min(FIRST_PAUSE * float(2 ** min(max(attempts - 1, 0), 20)), LONGEST_PAUSE)


@cache
def _load() -> None:
    # By name: the frame knows no job, and those who enqueue one need not load what it uses.
    package = "portal.services.jobs.shipped"
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
