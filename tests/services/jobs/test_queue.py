"""Jobs wait their turn, are taken by one worker, and end under the token of the one that took them."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any, ClassVar

import pytest
from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.errors import NotFound
from portal.persistence.database import Database
from portal.persistence.models import DueEffect, Job, JobResult, OutboxMessage
from portal.services import jobs
from portal.services.jobs import JOBS, queue
from portal.services.jobs.catalogue import EACH_NIGHT
from portal.services.jobs.due import Due, DueSweep, announce, once, take_back
from portal.services.jobs.long import LongJob, results_of
from portal.services.jobs.outbox import ATTEMPTS, Message, OutboxSweep
from portal.services.jobs.queue import Claim
from portal.services.jobs.running import JobRun, LostLease, run_claim
from portal.services.portal import Portal, Work

SYSTEM = Access.system("test")


class Note(jobs.Job):
    name = "test_note"
    title = "Note"

    def run(self, work: JobRun) -> dict[str, Any]:
        if work.payload.get("fails"):
            raise OSError("no")
        return {"said": work.payload.get("say")}


class Tick(jobs.Job):
    name = "test_tick"
    title = "Tick"
    every = dt.timedelta(minutes=1)
    ran: ClassVar[list[int]] = []

    def run(self, work: JobRun) -> None:
        self.ran.append(work.claim.id)


class Letters(LongJob):
    name = "test_letters"
    title = "Letters"
    done: ClassVar[list[str]] = []
    stops_after: ClassVar[int] = 99

    def chunks(self, work: JobRun) -> list[str]:
        return list(work.payload["letters"])

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        if len(self.done) >= self.stops_after:
            raise KeyboardInterrupt
        self.done.append(name)
        return name.upper()

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        return {"word": "".join(results_of(uow, work.claim.id).values())}


@pytest.fixture(autouse=True)
def registered() -> Any:
    Tick.ran.clear()
    Letters.done.clear()
    Letters.stops_after = 99
    with JOBS.with_entry(Note()), JOBS.with_entry(Tick()), JOBS.with_entry(Letters()):
        yield


def later(portal: Portal, **amount: float) -> Portal:
    return portal.at(portal.clock.later(**amount))  # type: ignore[attr-defined]


class Nightly(Tick):
    name = "test_nightly"
    every, at = EACH_NIGHT


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-01T17:59:59+00:00", "2026-03-01T18:00:00+00:00"),
        ("2026-03-01T18:00:00+00:00", "2026-03-02T18:00:00+00:00"),
        ("2026-03-02T03:20:00+00:00", "2026-03-02T18:00:00+00:00"),
        ("2026-12-31T20:00:00+00:00", "2027-01-01T18:00:00+00:00"),
    ],
)
def test_a_nightly_job_runs_at_two_where_the_centres_are(now: str, then: str) -> None:
    assert Nightly().after(dt.datetime.fromisoformat(now)) == dt.datetime.fromisoformat(then)


def test_a_nightly_job_that_was_done_late_is_due_at_the_same_hour_again(portal: Portal) -> None:
    with JOBS.with_entry(Nightly()):
        queue.schedule(portal)
        claim = queue.claim(portal, "one", ["test_nightly"])
        assert claim is not None
        assert queue.finish(later(portal, minutes=7), claim, None)
        assert queue.next_at(portal, ["test_nightly"]) == Nightly().after(portal.clock.now())


def enqueue(portal: Portal, name: str, payload: dict[str, Any] | None = None, **more: Any) -> int:
    with portal.writing(more.pop("access", SYSTEM)) as uow:
        made = jobs.enqueue(uow, name, payload, **more)
        uow.commit()
    return made


def take(portal: Portal, *names: str, worker: str = "w") -> Claim:
    found = queue.claim(portal, worker, names)
    assert found is not None
    return found


def run(portal: Portal, *names: str) -> bool:
    return run_claim(portal, JobRun(portal, take(portal, *names)))


def row(portal: Portal, job_id: int) -> Job:
    with portal.reading(SYSTEM) as session:
        return session.get_one(Job, job_id)


def test_a_job_runs_once_and_its_result_is_kept(portal: Portal) -> None:
    number = enqueue(portal, "test_note", {"say": "hello"})
    assert run(portal, "test_note")
    assert (row(portal, number).status, row(portal, number).result) == ("done", {"said": "hello"})
    assert queue.claim(portal, "w", ["test_note"]) is None


def test_what_is_rolled_back_enqueues_nothing(portal: Portal) -> None:
    with portal.writing(SYSTEM) as uow:
        jobs.enqueue(uow, "test_note")
    assert queue.claim(portal, "w", ["test_note"]) is None


def test_an_unknown_job_is_refused(portal: Portal) -> None:
    with pytest.raises(NotFound, match="no_such_job"):
        enqueue(portal, "no_such_job")


def test_a_person_enqueues_in_her_own_transaction(portal: Portal) -> None:
    number = enqueue(portal, "test_note", access=Access(7, "clerk"))
    assert row(portal, number).user_id == 7
    again = enqueue(portal, "test_note", access=Access(7, "clerk"), key="k")
    assert enqueue(portal, "test_note", access=Access(8, "other"), key="k") == again != number


def test_a_key_is_free_again_when_its_job_has_ended(portal: Portal) -> None:
    first = enqueue(portal, "test_note", key="k")
    assert enqueue(portal, "test_note", key="k") == first
    assert run(portal, "test_note")
    assert enqueue(portal, "test_note", key="k") != first


def test_a_job_waits_for_its_time(portal: Portal) -> None:
    enqueue(portal, "test_note", at=portal.clock.now() + dt.timedelta(hours=1))
    assert queue.claim(portal, "w", ["test_note"]) is None
    assert take(later(portal, minutes=61), "test_note")


def test_failures_are_tried_again_with_growing_pauses_and_then_given_up_with_the_reason(
    portal: Portal,
) -> None:
    number = enqueue(portal, "test_note", {"fails": True})
    pauses = []
    for _ in range(Note.tries):
        moment = portal.clock.now()
        assert not run(portal, "test_note")
        pauses.append((row(portal, number).run_at - moment).total_seconds())
        portal = later(portal, minutes=11)
    assert pauses[:4] == [2, 4, 8, 16]
    assert row(portal, number).status == "failed"
    assert row(portal, number).error.startswith("OSError (test_queue.py:")
    assert queue.claim(later(portal, days=1), "w", ["test_note"]) is None


def test_what_somebody_entered_is_not_kept_with_a_failure(portal: Portal) -> None:
    number = enqueue(portal, "test_note", {"fails": True})
    run(portal, "test_note")
    assert "no" not in row(portal, number).error.split(")")[1]


def test_an_interval_runs_once_whatever_the_number_of_workers(portal: Portal) -> None:
    for _ in range(3):
        queue.schedule(portal)
    assert run(portal, "test_tick")
    assert queue.claim(portal, "other", ["test_tick"]) is None
    assert queue.claim(later(portal, seconds=59), "other", ["test_tick"]) is None
    assert run(later(portal, seconds=61), "test_tick")
    assert len(Tick.ran) == 2
    assert len(set(Tick.ran)) == 1


def test_what_is_enqueued_beside_an_interval_ends(portal: Portal) -> None:
    queue.schedule(portal)
    number = enqueue(later(portal, seconds=-1), "test_tick")
    assert run(portal, "test_tick")
    assert row(portal, number).status == "done"
    assert run(portal, "test_tick")
    assert queue.claim(later(portal, seconds=59), "w", ["test_tick"]) is None


def test_a_lease_that_lapsed_is_taken_over_and_the_former_worker_stores_nothing(portal: Portal) -> None:
    number = enqueue(portal, "test_letters", {"letters": "ab"})
    slow = JobRun(portal, take(portal, "test_letters", worker="slow"))
    assert queue.claim(later(portal, seconds=59), "other", ["test_letters"]) is None
    after = later(portal, seconds=61)
    other = JobRun(after, take(after, "test_letters", worker="other"))
    with slow.writing() as uow:
        uow.add(JobResult(job_id=number, chunk="a", value="slow", at=uow.now))
        with pytest.raises(LostLease):
            uow.commit()
    assert run_claim(portal, slow), "it ends without a failure, and without a word about the job"
    assert row(portal, number).status == "running"
    assert run_claim(after, other)
    assert row(portal, number).result == {"word": "AB"}


def test_a_sign_of_life_extends_a_lease_and_a_lost_one_is_told(portal: Portal) -> None:
    enqueue(portal, "test_letters", {"letters": "ab"})
    held = take(portal, "test_letters")
    assert queue.keep_alive(later(portal, seconds=50), held)
    assert queue.claim(later(portal, seconds=100), "other", ["test_letters"]) is None
    take(later(portal, seconds=111), "test_letters", worker="other")
    assert not queue.keep_alive(later(portal, seconds=112), held)


def test_long_work_goes_on_where_a_dead_worker_left_it(portal: Portal) -> None:
    number = enqueue(portal, "test_letters", {"letters": "abcd"})
    Letters.stops_after = 2
    with pytest.raises(KeyboardInterrupt):
        run(portal, "test_letters")
    assert row(portal, number).progress == {
        "done": 2,
        "total": 4,
        "words": "%(done)s of %(total)s done",
        "params": {},
    }
    Letters.stops_after = 99
    assert run(later(portal, seconds=61), "test_letters")
    assert Letters.done == ["a", "b", "c", "d"]
    assert row(portal, number).result == {"word": "ABCD"}


def test_others_write_between_the_chunks_of_long_work(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of SQLite's waiting writers none finds the one lock free, where a chunk follows the other without a rest."""

    def chunk(_job: Letters, uow: Work, *_: Any) -> None:
        uow.session.execute(select(1))
        time.sleep(0.12)

    monkeypatch.setattr(Letters, "chunk", chunk)
    enqueue(portal, "test_letters", {"letters": "abcdefghijklmnop"})
    # As another process: writers of one process wait in order.
    other = Portal(Database.connect(portal.database.engine.url), portal.clock)
    worker = threading.Thread(target=run, args=(portal, "test_letters"))
    worker.start()
    waits = []
    while worker.is_alive():
        begun = time.monotonic()
        with other.writing(SYSTEM) as uow:
            jobs.enqueue(uow, "test_note", {})
            uow.commit()
        waits.append(time.monotonic() - begun)
    worker.join()
    other.database.engine.dispose()
    assert len(waits) > 5
    assert max(waits) < 1


def test_work_that_kills_each_worker_is_given_up(portal: Portal) -> None:
    number = enqueue(portal, "test_letters", {"letters": "a"})
    for _ in range(Letters.tries):
        take(portal, "test_letters")
        portal = later(portal, seconds=61)
    assert queue.claim(portal, "w", ["test_letters"]) is None
    assert row(portal, number).status == "failed"
    assert row(portal, number).error == "job.died: each worker that took it died"


def cancel(portal: Portal, number: int) -> bool:
    with portal.writing(Access(7, "clerk")) as uow:
        done = jobs.cancel(uow, number)
        uow.commit()
    return done


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(portal: Portal) -> None:
    waiting = enqueue(portal, "test_letters", {"letters": "ab"})
    assert cancel(portal, waiting)
    assert queue.claim(portal, "w", ["test_letters"]) is None
    number = enqueue(portal, "test_letters", {"letters": "ab"})
    held = JobRun(portal, take(portal, "test_letters"))
    assert cancel(portal, number)
    assert row(portal, number).status == "running"
    assert run_claim(portal, held)
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(JobResult)) == 0
    assert row(portal, number).status == "cancelled"
    assert not cancel(portal, number)


def test_a_worker_that_stops_leaves_the_rest_to_others_at_once(portal: Portal) -> None:
    number = enqueue(portal, "test_letters", {"letters": "abc"})
    stops = JobRun(portal, take(portal, "test_letters"), lambda: len(Letters.done) == 1)
    assert run_claim(portal, stops)
    assert row(portal, number).status == "ready"
    assert run(portal, "test_letters")
    assert row(portal, number).result == {"word": "ABC"}


class Bells(DueSweep):
    name = "test_bells"
    title = "Bells"
    kind = "bell"
    every = dt.timedelta(seconds=10)
    rung: ClassVar[list[str]] = []
    broken: ClassVar[set[str]] = set()

    def effect(self, uow: Work, item: Due) -> None:
        once(uow, item, "ring", lambda: self.rung.append(item.subject))
        if item.subject in self.broken:
            raise OSError("broken")


@pytest.fixture
def bells() -> Any:
    Bells.rung.clear()
    Bells.broken = set()
    with JOBS.with_entry(Bells()):
        yield


def test_due_events_are_done_once_each_and_one_that_fails_lets_the_others_pass(
    portal: Portal, bells: None
) -> None:
    now, hour = portal.clock.now(), dt.timedelta(hours=1)
    with portal.writing(Access(7, "clerk")) as uow:
        for name in ("a", "b", "c"):
            announce(uow, "bell", name, now + hour)
        announce(uow, "bell", "b", now)
        take_back(uow, "bell", "c")
        uow.commit()
    Bells.broken = {"b"}
    queue.schedule(portal)
    assert run(portal, "test_bells")
    after = later(portal, minutes=61)
    assert run(after, "test_bells")
    Bells.broken = set()
    assert run(later(portal, minutes=122), "test_bells")
    with portal.reading(SYSTEM) as session:
        effects = session.scalar(select(func.count()).select_from(DueEffect))
    assert (effects, Bells.rung) == (2, ["b", "b", "a", "b"])


class Post(OutboxSweep):
    name = "test_post"
    title = "Post"
    topics = frozenset({"letter"})
    batch = 1
    every = dt.timedelta(seconds=5)
    sent: ClassVar[list[str]] = []

    def send(self, uow: Work, message: Message) -> None:
        if message.payload["to"] == "nowhere":
            raise OSError("nobody there")
        self.sent.append(message.payload["to"])


def test_the_outbox_is_read_in_order_and_a_message_that_fails_is_given_up_in_words(portal: Portal) -> None:
    Post.sent.clear()
    with JOBS.with_entry(Post()):
        with portal.writing(SYSTEM) as uow:
            for to in ("a", "nowhere", "b"):
                uow.notify("letter", {"to": to})
            uow.notify("other", {"to": "c"})
            uow.commit()
        queue.schedule(portal)
        for _ in range(ATTEMPTS + 1):
            run(portal, "test_post")
            portal = later(portal, minutes=11)
    assert Post.sent == ["a", "b"]
    with portal.reading(SYSTEM) as session:
        lost = session.scalars(select(OutboxMessage).where(OutboxMessage.given_up_at.is_not(None))).one()
        unread = session.scalars(select(OutboxMessage).where(OutboxMessage.sent_at.is_(None))).all()
    assert (lost.payload, lost.attempts) == ({"to": "nowhere"}, ATTEMPTS)
    assert lost.error.startswith("OSError")
    assert {one.topic for one in unread} == {"letter", "other"}
