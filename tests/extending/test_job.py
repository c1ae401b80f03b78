"""A job registered by one class, from outside: it has its row, its words, and a worker runs it, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import func, select

from portal.core.access import Access
from portal.persistence.models import Job, JobWorker, OutboxMessage
from portal.services import jobs
from portal.services.jobs import JOBS, workers
from portal.services.jobs.progress import progress
from portal.services.jobs.running import JobRun
from portal.services.portal import Portal
from portal.worker.loop import Worker

SYSTEM = Access.system("test")
SECONDS = 30.0


class Greet(jobs.Job):
    """Says hello to somebody, and each tenth of a second to everybody."""

    name = "greet"
    title = "Greetings"
    every: ClassVar[dt.timedelta | None] = dt.timedelta(seconds=0.1)

    def run(self, work: JobRun) -> dict[str, Any]:
        with work.writing() as uow:
            uow.notify("greeting", {"to": work.payload.get("to", "everybody")})
            uow.commit()
        return {"greeted": 1}


def until(holds: Callable[[], object]) -> None:
    last = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < last, "not in time"
        time.sleep(0.05)


def greeted(portal: Portal, to: str) -> int:
    with portal.reading(SYSTEM) as session:
        found = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == "greeting"))
        return [one["to"] for one in found].count(to)


def test_a_worker_runs_it_by_its_interval_and_when_it_is_enqueued(database_url: str) -> None:
    portal = Portal.from_url(database_url)
    with JOBS.with_entry(Greet()):
        worker = Worker(portal)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            with portal.writing(SYSTEM) as uow:
                number = jobs.enqueue(uow, "greet", {"to": "Wang"})
                uow.commit()
            until(lambda: greeted(portal, "Wang") and greeted(portal, "everybody") >= 3)
            assert workers.state(portal).alive
        finally:
            worker.stop()
            thread.join(SECONDS)
        assert not thread.is_alive()
        found = progress(portal, number)
        assert (found.title, found.status, found.result) == ("Greetings", "done", {"greeted": 1})
    with portal.reading(SYSTEM) as session:
        rows = session.scalars(select(Job.status).where(Job.kind == "greet").order_by(Job.id)).all()
        assert sorted(rows) == ["done", "ready"], "what was enqueued has ended, what comes again waits"
        assert session.scalar(select(func.count()).select_from(JobWorker)) == 0, "it has signed off"
    portal.database.dispose()


def test_its_words_are_those_of_the_catalogues() -> None:
    table = jobs.all_jobs()
    assert {"seal_audit", "forget_sign_ins", "forget_request_keys", "forget_files", "fill_fields"} <= set(
        table
    )
    folder = Path(__file__).parents[2] / "translations" / "zh_Hans"
    words = "".join(one.read_text(encoding="utf-8") for one in folder.glob("*.po"))
    assert [one.title for one in table.values() if f'msgid "{one.title}"' not in words] == []
