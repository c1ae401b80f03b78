"""Papers issued by eight processes at once, some void: numbers without gap and without double."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin
from portal.persistence.models import Paper
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import BOTH, KEYS, TODAY, access_for
from tests.services.test_clocks import CASE, XISHAN

PROCESSES = 8
EACH = int(os.environ.get("PORTAL_TEST_PAPERS", "40")) // PROCESSES
SYSTEM = Access.system("test")


@pytest.fixture(params=BOTH)
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the shipped packs."""
    if request.param == "sqlite":
        path = tmp_path / "filled.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql_server")
    url = server.copy(request.getfixturevalue("filled_postgresql"))
    yield url
    server.drop(url)


def _issue(url: str, worker: int) -> int:
    """Issue papers about a matter of its own; every fourth act is given up, every fifth paper made void."""
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    clerk = access_for(portal, "clerk", XISHAN, user_id=worker + 1000)
    with portal.writing(clerk, Origin(request_id=f"{worker}")) as uow:
        uid = records.register(uow, "case", XISHAN, CASE).record.uid
        uow.commit()
    done = turn = 0
    while done < EACH:
        turn += 1
        with portal.writing(clerk, Origin(request_id=f"{worker}-{turn}")) as uow:
            made = records.issue_paper(uow, uid, "W03", {})
            if turn % 4 == 0:
                uow.session.rollback()
                continue
            uow.commit()
        done += 1
        if done % 5 == 0:
            with portal.writing(clerk, Origin(request_id=f"{worker}-{turn}-void")) as uow:
                records.void_paper(uow, uid, made.n, version=1, reason="打印有误")
                uow.commit()
    portal.database.dispose()
    return done


def test_numbers_have_no_gap_and_no_double(filled: str) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        assert list(pool.map(_issue, [filled] * PROCESSES, range(PROCESSES))) == [EACH] * PROCESSES
    portal = Portal.from_url(filled, FixedClock.on(TODAY), KEYS)
    with portal.reading(SYSTEM) as session:
        rows = session.execute(select(Paper.number, Paper.seq, Paper.status)).all()
    portal.database.dispose()
    whole, void = PROCESSES * EACH, PROCESSES * (EACH // 5)
    assert sorted(seq for _, seq, _ in rows) == list(range(1, whole + 1))
    assert {number for number, _, _ in rows} == {f"西综受〔2026〕{n:05}" for n in range(1, whole + 1)}
    assert Counter(status for _, _, status in rows) == {"issued": whole - void, "void": void}
