"""What the shipped jobs do, run as a worker runs them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal.core.access import Access
from portal.core.errors import TooMany
from portal.persistence.models import (
    Attachment,
    AuditEntry,
    AuditSeal,
    Job,
    RequestKey,
    SignInAttempt,
    SignInSession,
    SignInStep,
)
from portal.services import audit, records, users
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.records.entering import attaching, request_keys
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")


def later(portal: Portal, **amount: float) -> Portal:
    return portal.at(portal.clock.later(**amount))  # type: ignore[attr-defined]


def run(portal: Portal, name: str) -> None:
    queue.schedule(portal)
    claim = queue.claim(portal, "w", [name])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))


def count(portal: Portal, model: Any, *which: Any) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def test_the_audit_log_is_sealed(seeded: Portal) -> None:
    assert count(seeded, AuditSeal) == 0
    run(seeded, "seal_audit")
    assert count(seeded, AuditSeal) == 1
    assert audit.verify(seeded).clean
    assert audit.verify(seeded).unsealed == 0


def test_what_is_over_of_sign_ins_goes_and_what_counts_stays(seeded: Portal) -> None:
    now, minute = seeded.clock.now(), dt.timedelta(minutes=1)
    with seeded.writing(SYSTEM) as uow:
        user_id = users.create(uow, "wang", "x", "王", "某", hashed=True).id
        for name, left in (("over", -minute), ("on", minute)):
            times = {"created_at": now, "seen_at": now, "expires_at": now + left}
            uow.add(SignInSession(user_id=user_id, digest=name, channel="web", ip="", agent="", **times))
            uow.add(SignInStep(user_id=user_id, digest=name, step="code", at=now - 10 * minute + left))
            uow.add(SignInAttempt(lock=name, at=now - 5 * minute + left))
        uow.commit()
    run(seeded, "forget_sign_ins")
    with seeded.reading(SYSTEM) as session:
        left_over = [
            session.scalars(select(column)).all()
            for column in (SignInSession.digest, SignInStep.digest, SignInAttempt.lock)
        ]
    assert left_over == [["on"], ["on"], ["on"]]


def test_a_key_of_yesterday_goes_and_names_a_new_request_even_before(seeded: Portal) -> None:
    clerk = access_for(seeded, "clerk", "530112", 7)
    for portal, request, earlier in (
        (seeded, "first", False),
        (later(seeded, hours=23), "first", True),
        (later(seeded, hours=25), "other", False),
        (later(seeded, hours=26), "other", True),
    ):
        with portal.writing(clerk) as uow:
            assert (request_keys.claim(uow, "k", request) is not None) is earlier
            uow.commit()
    run(later(seeded, hours=48), "forget_request_keys")
    assert count(seeded, RequestKey) == 1
    run(later(seeded, hours=50), "forget_request_keys")
    assert count(seeded, RequestKey) == 0


def test_files_that_waited_a_week_for_their_record_go_with_an_entry_each(seeded: Portal) -> None:
    clerk = access_for(seeded, "clerk", "530112", 7)
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    for portal in (seeded, later(seeded, days=6)):
        with portal.writing(clerk) as uow:
            records.attach(uow, None, "a.png", "image/png", png)
            uow.commit()
    run(later(seeded, days=7, hours=1), "forget_files")
    assert count(seeded, Attachment) == 1
    assert count(seeded, AuditEntry, AuditEntry.action == "delete", AuditEntry.kind == "attachment") == 1


def test_jobs_that_ended_long_ago_go_and_those_that_wait_stay(portal: Portal) -> None:
    now = portal.clock.now()
    with portal.writing(SYSTEM) as uow:
        for status, days in (("done", 31), ("done", 29), ("failed", 31), ("failed", 181), ("ready", 400)):
            at = now - dt.timedelta(days=days)
            uow.add(Job(kind=f"{status}{days}", status=status, run_at=at, finished_at=at, payload={}))
        uow.commit()
    run(portal, "forget_jobs")
    with portal.reading(SYSTEM) as session:
        kept = set(session.scalars(select(Job.kind).where(Job.key.is_(None))))
    assert kept == {"done29", "failed31", "ready400"}


def test_sqlite_is_told_how_its_tables_are_filled(seeded: Portal) -> None:
    run(seeded, "refresh_statistics")
    with seeded.database.engine.connect() as connection:
        if seeded.database.dialect == "sqlite":
            query = "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'unit'"
            assert connection.exec_driver_sql(query).scalar_one() > 0


@pytest.mark.parametrize("name", sorted(queue.all_jobs()))
def test_every_job_with_an_interval_runs_on_an_empty_database(portal: Portal, name: str) -> None:
    if queue.all_jobs()[name].every is not None:
        run(portal, name)
        with portal.reading(SYSTEM) as session:
            row = session.scalars(select(Job).where(Job.kind == name)).one()
        assert (row.status, row.error, row.attempts) == ("ready", "", 0)


@pytest.mark.parametrize(("most", "size"), [(3, 24), (1_000, 10)])
def test_of_one_person_only_so_much_waits_and_the_sweep_makes_room(
    seeded: Portal, most: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(size)
    monkeypatch.setattr(attaching, "MOST_FILES", most)
    monkeypatch.setattr(attaching, "MOST_BYTES", len(png) * 3 if most == 1_000 else 1_000)

    def upload(portal: Portal, person: int) -> str:
        with portal.writing(access_for(seeded, "clerk", "530112", person)) as uow:
            made = records.attach(uow, None, "a.png", "image/png", png)
            uow.commit()
            return made.uid

    for _ in range(3):
        upload(seeded, 7)
    with pytest.raises(TooMany) as refused:
        upload(seeded, 7)
    assert 0 < refused.value.retry_after <= 7 * 86_400
    assert count(seeded, Attachment) == 3
    upload(seeded, 8)
    run(later(seeded, days=7, hours=1), "forget_files")
    upload(later(seeded, days=7, hours=2), 7)


def test_of_one_person_only_so_many_files_come_within_a_minute(seeded: Portal) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(1024 * 1024)

    def upload(portal: Portal, person: int = 7) -> str:
        with portal.writing(access_for(seeded, "clerk", "530112", person)) as uow:
            made = records.attach(uow, None, "a.png", "image/png", png)
            uow.commit()
            return made.uid

    for _ in range(attaching.MOST_A_MINUTE):
        upload(seeded)
    for _ in range(10):
        with pytest.raises(TooMany) as refused:
            upload(later(seeded, seconds=3))
        assert (refused.value.code, refused.value.retry_after) == ("file.fast", 57)
    assert count(seeded, Attachment) == attaching.MOST_A_MINUTE
    upload(later(seeded, seconds=3), 8)
    upload(later(seeded, seconds=61))


def test_files_that_records_adopted_count_for_the_hour(
    seeded: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes files out of a record again, and uploads others, fills the disk no faster."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    monkeypatch.setattr(attaching, "MOST_AN_HOUR", 3)

    def upload(portal: Portal) -> None:
        with portal.writing(access_for(seeded, "clerk", "530112", 7)) as uow:
            records.attach(uow, None, "a.png", "image/png", png)
            uow.commit()

    with seeded.writing(Access.system("test")) as uow:
        entered = {"name": "某", "amount": 10, "channel": "grid"}
        record = records.register(uow, "case", "530112", entered).record.id
        uow.commit()
    for _ in range(3):
        upload(seeded)
    with seeded.database.engine.begin() as connection:
        connection.execute(update(Attachment.__table__).values(record_id=record))
    with pytest.raises(TooMany) as refused:
        upload(later(seeded, minutes=59))
    assert (refused.value.code, refused.value.retry_after) == ("file.fast", 60)
    upload(later(seeded, minutes=61))
    monkeypatch.setattr(attaching, "MOST_AN_HOUR", 300)
    monkeypatch.setattr(attaching, "BYTES_AN_HOUR", len(png) * 2)
    upload(later(seeded, minutes=62))
    with pytest.raises(TooMany):
        upload(later(seeded, minutes=62))
