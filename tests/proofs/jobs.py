"""Work outside of requests outlives its workers: what is due is done once, long work is gone on with."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from portal.persistence.models import DueEffect, DueEvent, JobResult
from portal.persistence.models import Job as JobRow
from portal.services import jobs
from portal.services.jobs import queue
from portal.services.jobs.due import announce
from portal.services.jobs.workers import state
from portal.services.portal import Portal
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof
from tests.proofs.working_processes import LEASE, SYSTEM, Crew, messages, registered, until

DEADLINE = 240.0


@proof(
    "due_events",
    "Due events, several workers, kills at random: each effect exactly once",
    minutes=3,
    small={"events": 100, "workers": 3, "kills": 3},
    large={"events": 1_000, "workers": 4, "kills": 20},
)
def due_events(place: Place, events: int, workers: int, kills: int) -> Iterator[Number]:
    """Announce events, let workers be killed while they ring them, and count how often each rang."""
    portal, chance = Portal.from_url(place.migrated()), random.Random(2026)
    with registered(), portal.writing(SYSTEM) as uow:
        for number in range(events):
            announce(uow, "bell", str(number), uow.now)
        uow.commit()
    crew = Crew(url_of(portal), workers, place.folder / "workers.log")
    try:
        in_time = 0
        # Early, late and close together, but each while events are still due.
        for goal in sorted(chance.sample(range(1, events * 9 // 10), kills)):
            until(lambda goal=goal: events - _waiting(portal) >= goal, DEADLINE)  # type: ignore[misc]
            crew.kill(chance.randrange(workers))
            in_time += _waiting(portal) > 0
        until(lambda: _waiting(portal) == 0, DEADLINE)
    finally:
        crew.end()
    rung = Counter(messages(portal, "rung", "bell"))
    with portal.reading(SYSTEM) as session:
        effects = session.scalar(select(func.count()).select_from(DueEffect))
    portal.database.dispose()
    yield equal("workers killed with -9 while events were still due", kills, in_time)
    yield equal("events that were announced and are done", events, len(rung))
    yield equal("effects performed", events, sum(rung.values()))
    yield equal("effects noted", events, effects)


@proof(
    "long_work",
    "A long job whose worker is killed in the middle is taken over, each of its results stored once",
    minutes=3,
    small={"pages": 30, "kills": 1},
    large={"pages": 300, "kills": 5},
)
def long_work(place: Place, pages: int, kills: int) -> Iterator[Number]:
    """Let workers be killed while they write pages, and count the pages."""
    portal = Portal.from_url(place.migrated())
    # All are there from the beginning: how long a process takes to start is no part of this.
    crew = Crew(url_of(portal), kills + 2, place.folder / "workers.log")
    took = []
    try:
        until(lambda: state(portal).workers == kills + 2, DEADLINE)
        with registered(), portal.writing(SYSTEM) as uow:
            number = jobs.enqueue(uow, "proof_pages", {"pages": pages, "seconds": 0.02})
            uow.commit()
        for kill in range(kills):
            goal = (kill + 1) * pages // (kills + 2)
            until(lambda goal=goal: len(messages(portal, "page", "page")) >= goal, 60)  # type: ignore[misc]
            began = portal.clock.now()
            crew.kill(_holder(portal, number, crew), another=False)
            before = len(messages(portal, "page", "page"))
            until(lambda before=before: len(messages(portal, "page", "page")) > before, 60)  # type: ignore[misc]
            took.append((portal.clock.now() - began).total_seconds())
        until(lambda: _status(portal, number) not in queue.LIVE, DEADLINE)
    finally:
        crew.end()
    written = Counter(messages(portal, "page", "page"))
    with portal.reading(SYSTEM) as session:
        writers = set(session.scalars(select(JobResult.value).where(JobResult.job_id == number)))
        row = session.get_one(JobRow, number)
    portal.database.dispose()
    yield equal("how the job ended", "done", row.status)
    yield equal("its result", {"pages": pages}, row.result)
    yield equal("pages written", pages, len(written))
    yield equal("pages written more than once", 0, sum(one > 1 for one in written.values()))
    yield at_least("workers that wrote some of them", kills + 1, len(writers))
    longest = LEASE.total_seconds() + 7
    yield at_most("seconds until another worker goes on", longest, max(took), clock=True)


def url_of(portal: Portal) -> str:
    """Return the address of a portal's database."""
    return portal.database.engine.url.render_as_string(hide_password=False)


def _waiting(portal: Portal) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).where(DueEvent.done_at.is_(None))) or 0


def _status(portal: Portal, number: int) -> str:
    with portal.reading(SYSTEM) as session:
        return session.get_one(JobRow, number).status


def _holder(portal: Portal, number: int, crew: Crew) -> int:
    """Return which of the crew has the job."""
    with portal.reading(SYSTEM) as session:
        name = session.get_one(JobRow, number).worker
    pids = [one.pid for one in crew.members]
    return pids.index(int(name.split(":")[1]))
