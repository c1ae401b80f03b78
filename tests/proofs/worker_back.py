"""A worker that `portal serve` keeps is killed again and again: another one is there, and at work, soon after."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil
from sqlalchemy import select

from portal.persistence.models import Job as JobRow
from portal.services import jobs
from portal.services.portal import Portal
from tests.acceptance.service import Service, service
from tests.fixtures.database import KEYS
from tests.proofs.frame import Number, Place, at_most, equal, proof
from tests.proofs.working_processes import SYSTEM, until

BACK_SECONDS = 10.0
# Longer than what is promised: what comes too late is measured, not cut off.
PATIENCE_SECONDS = 60.0
WEB = 2


@dataclass
class Killed:
    """The workers that were killed, and after how many seconds each was followed by another."""

    pids: list[int] = field(default_factory=list)
    there: list[float] = field(default_factory=list)
    at_work: list[float] = field(default_factory=list)
    done: int = 0


@proof(
    "worker_back",
    "The worker of `portal serve` is killed again and again: each time another works within 10 s, web processes stay",
    minutes=3,
    small={"kills": 1},
    large={"kills": 8},
)
def worker_back(place: Place, kills: int) -> Iterator[Number]:
    """Kill the worker as soon as it works again, each time with a job for the one that follows."""
    url = place.seeded()
    portal = Portal.from_url(url, keys=KEYS)
    killed = Killed()
    with service(url, place.folder, WEB) as running:
        until(lambda: len(running.beside()) == 1, PATIENCE_SECONDS)
        _finish(portal, _left(portal))
        web = _web(running)
        for _ in range(kills):
            _kill(running, portal, killed)
        stayed, beside = web & _web(running), len(running.beside())
    portal.database.dispose()
    yield equal("workers killed with -9, each another process", kills, len(set(killed.pids)))
    yield equal("jobs that the one that followed did", kills, killed.done)
    yield equal("web processes that stayed", WEB, len(stayed))
    yield equal("workers beside them at the end", 1, beside)
    yield at_most(
        "seconds until another process is there, at most", BACK_SECONDS, max(killed.there), clock=True
    )
    yield at_most("seconds until it has done a job, at most", BACK_SECONDS, max(killed.at_work), clock=True)


def _kill(running: Service, portal: Portal, killed: Killed) -> None:
    (worker,) = running.beside()
    began = time.monotonic()
    worker.kill()
    worker.wait(PATIENCE_SECONDS)
    number = _left(portal)
    if until(lambda: [one.pid for one in running.beside()] not in ([], [worker.pid]), PATIENCE_SECONDS):
        killed.pids.append(worker.pid)
    killed.there.append(time.monotonic() - began)
    killed.done += _finish(portal, number)
    killed.at_work.append(time.monotonic() - began)


def _left(portal: Portal) -> int:
    """Put a job into the queue that says nothing of itself but that it was done."""
    with portal.writing(SYSTEM) as uow:
        number = jobs.enqueue(uow, "seal_audit")
        uow.commit()
    return number


def _finish(portal: Portal, number: int) -> bool:
    """Wait until a job is done."""

    def done() -> bool:
        with portal.reading(SYSTEM) as session:
            return session.scalar(select(JobRow.status).where(JobRow.id == number)) == "done"

    return until(done, PATIENCE_SECONDS)


def _web(running: Service) -> set[int]:
    """Return the processes that answer requests."""
    beside = {one.pid for one in running.beside()}
    return {one.pid for one in psutil.Process(running.master.pid).children()} - beside
