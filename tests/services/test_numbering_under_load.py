"""Codes stay consecutive, and edits are never lost, however many processes work at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin
from portal.core.errors import Conflict
from portal.persistence.models import AuditEntry, Record
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import KEYS, TODAY, access_for

PROCESSES = 4
EACH = 50
SYSTEM = Access.system("test")


def _register_many(url: str, worker: int) -> list[str]:
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    clerk = access_for(portal, "clerk", "530112", user_id=worker)
    codes = []
    for number in range(EACH):
        with portal.writing(clerk, Origin(request_id=f"{worker}-{number}")) as uow:
            data = {"name": f"张{worker}{number}", "amount": 5}
            made = records.register(uow, "case", "530112", data, key=f"{number}")
            if number % 10 == 9:
                # One in ten is given up half-way: its number must go to somebody else.
                uow.session.rollback()
                continue
            uow.commit()
        codes.append(made.record.code or "")
    portal.database.dispose()
    return codes


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., list[Any]]]:
    """Runs a function once per row of arguments, in several processes at once."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:

        def run_all(function: Any, *rows: tuple[Any, ...]) -> list[Any]:
            return [future.result() for future in [pool.submit(function, *row) for row in rows]]

        yield run_all


def _register_whole(url: str, worker: int) -> list[str]:
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    clerk = access_for(portal, "clerk", "530112", user_id=worker)
    codes = []
    for number in range(EACH):
        with portal.writing(clerk) as uow:
            made = records.register(uow, "case", "530112", {"name": f"张{worker}{number}", "amount": 5})
            uow.commit()
        codes.append(made.record.code or "")
    portal.database.dispose()
    return codes


def _expected(count: int) -> list[str]:
    return [f"西综〔2026〕{number:04}" for number in range(1, count + 1)]


def test_200_registrations_from_4_processes_give_200_consecutive_codes(seeded_url: str, run: Any) -> None:
    found = run(_register_whole, *((seeded_url, worker) for worker in range(PROCESSES)))
    assert sorted(code for codes in found for code in codes) == _expected(PROCESSES * EACH)
    portal = Portal.from_url(seeded_url)
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(Record)) == PROCESSES * EACH
        audited = select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "case")
        assert session.scalar(audited) == PROCESSES * EACH
    portal.database.dispose()


def test_numbers_of_registrations_that_were_given_up_are_not_lost(seeded_url: str, run: Any) -> None:
    found = run(_register_many, *((seeded_url, worker) for worker in range(PROCESSES)))
    codes = sorted(code for codes in found for code in codes)
    assert codes == _expected(PROCESSES * EACH * 9 // 10)


def _register_with_one_key(url: str, _worker: int) -> str:
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    clerk = access_for(portal, "clerk", "530112", user_id=1)
    with portal.writing(clerk) as uow:
        made = records.register(uow, "case", "530112", {"name": "张三"}, key="the same")
        uow.commit()
    portal.database.dispose()
    return made.record.uid


def test_twelve_requests_with_one_key_make_one_record(seeded_url: str, run: Any) -> None:
    assert len(set(run(_register_with_one_key, *((seeded_url, n) for n in range(12))))) == 1


def _change(url: str, uid: str, worker: int) -> str:
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    clerk = access_for(portal, "clerk", "530112", user_id=worker)
    try:
        with portal.writing(clerk) as uow:
            records.change(uow, uid, {"name": f"张{worker}"}, version=1)
            uow.commit()
    except Conflict:
        return ""
    finally:
        portal.database.dispose()
    return f"张{worker}"


def _take(url: str, uid: str, worker: int) -> str:
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    clerk = access_for(portal, "clerk", "530112", user_id=worker)
    try:
        with portal.writing(clerk) as uow:
            records.transition(uow, uid, "start", version=1)
            uow.commit()
    except Conflict:
        return ""
    finally:
        portal.database.dispose()
    return str(worker)


@pytest.mark.parametrize("act", [_change, _take])
def test_of_twelve_writers_of_one_version_one_wins(
    seeded: Portal, seeded_url: str, act: Any, run: Any
) -> None:
    clerk = access_for(seeded, "clerk", "530112")
    with seeded.writing(clerk) as uow:
        uid = records.register(uow, "case", "530112", {"name": "张三"}).record.uid
        uow.commit()
    won = [name for name in run(act, *((seeded_url, uid, worker) for worker in range(12))) if name]
    assert len(won) == 1
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        assert record.version == 2
        if act is _change:
            assert record.data["name"] == won[0]
