"""Requests that wait for the database, and many wrong sign-ins, leave room for everybody else: `portal serve` itself.

The bounds are wide, for machines that do other things meanwhile; the numbers are printed.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import requests

from tests.acceptance.service import DATA, Service
from tests.fixtures.database import PostgresqlServer

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
# All threads of the service: two processes of four.
ALL_THREADS = 8
WRONG = 12
LISTS = 12
PATIENCE_SECONDS = 60.0


@pytest.fixture
def url(postgresql_server: PostgresqlServer, filled_postgresql: str) -> Iterator[str]:
    """The address of a filled database of the test's own."""
    made = postgresql_server.copy(filled_postgresql)
    yield made
    postgresql_server.drop(made)


@pytest.fixture
def service(url: str, tmp_path: Path) -> Iterator[Service]:
    """The whole service on that database."""
    made = Service(url, tmp_path, workers=2, PORTAL_SIGN_INS_PER_ADDRESS="100000")
    made.options = ["--threads", "4"]
    made.start()
    yield made
    made.stop()


def times_of_lists(service: Service, bearer: dict[str, str], count: int = LISTS) -> list[float]:
    """Return how long each of some lists took, asked one after the other, each by a connection of its own."""
    found = []
    for _ in range(count):
        begun = time.monotonic()
        answer = requests.get(
            f"{service.address}/api/v1/records/case/", headers=bearer, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code == 200
        found.append(time.monotonic() - begun)
    return found


def told(name: str, times: list[float]) -> str:
    return f"{name}: median {statistics.median(times):.2f} s, most {max(times):.2f} s"


def waiting(connection: psycopg.Connection[tuple[int]]) -> int:
    """Return how many statements of the service wait for a lock."""
    found = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    assert found is not None
    return found[0]


def test_blocked_statements_leave_threads_for_lists(service: Service, url: str) -> None:
    bearer = service.bearer("clerk")
    uids = [register(service, bearer) for _ in range(ALL_THREADS)]
    usual = times_of_lists(service, bearer)

    def change(uid: str) -> int:
        answer = requests.patch(
            f"{service.address}/api/v1/records/case/{uid}",
            json={"data": {"claim": "退还全部定金"}},
            headers=bearer | {"If-Match": '"1"'},
            timeout=PATIENCE_SECONDS,
        )
        return answer.status_code

    with psycopg.connect(url, autocommit=False) as holder, psycopg.connect(url, autocommit=True) as looking:
        holder.execute("SELECT id FROM record WHERE uid = ANY(%s) FOR UPDATE", (uids,))
        with ThreadPoolExecutor(ALL_THREADS) as pool:
            changes = [pool.submit(change, uid) for uid in uids]
            # All of them, where they come before the first counts as slow; of one kind half of the threads at least.
            until, blocked = time.monotonic() + 2, 0
            while blocked < ALL_THREADS // 2 or (blocked < ALL_THREADS and time.monotonic() < until):
                blocked = max(blocked, waiting(looking))
                time.sleep(0.01)
            during: list[float] = []
            # A statement that waits for too long is ended by the database: what is asked then tells nothing.
            while len(during) < LISTS and waiting(looking) and time.monotonic() < until + PATIENCE_SECONDS:
                during += times_of_lists(service, bearer, 1)
            still = waiting(looking)
            holder.rollback()
            statuses = [one.result() for one in changes]
    print(
        told("usual", usual),
        told(f"with {blocked} blocked", during),
        f"{len(during)} lists, {still} still blocked then",
        statuses,
    )
    assert blocked >= ALL_THREADS // 2
    assert len(during) - (still == 0) >= 2, "lists are answered while others wait"
    assert set(statuses) <= {200, 503}
    assert statistics.median(during) < 5 * statistics.median(usual) + 2


def test_wrong_sign_ins_leave_processors_for_lists(service: Service) -> None:
    bearer = service.bearer("clerk")
    usual = times_of_lists(service, bearer)
    ended, tried = threading.Event(), []

    def guess(number: int) -> None:
        turn = 0
        while not ended.is_set():
            body = {"username": f"nobody{number}.{turn}", "password": "wrong", "provider": "db"}
            answer = requests.post(
                f"{service.address}/api/v1/security/login", json=body, timeout=PATIENCE_SECONDS
            )
            tried.append(answer.status_code)
            turn += 1

    with ThreadPoolExecutor(WRONG) as pool:
        guesses = [pool.submit(guess, number) for number in range(WRONG)]
        try:
            while len(tried) < 4:
                time.sleep(0.02)
            during = times_of_lists(service, bearer)
            meanwhile = len(tried)
        finally:
            ended.set()
        for one in guesses:
            one.result()
    print(told("usual", usual), told(f"with {WRONG} that guess ({meanwhile} guesses)", during))
    assert set(tried) == {401}
    assert meanwhile >= 4
    assert statistics.median(during) < 5 * statistics.median(usual) + 2


def register(service: Service, bearer: dict[str, str]) -> str:
    answer = requests.post(
        f"{service.address}/api/v1/records/case/", json={"data": DATA}, headers=bearer, timeout=60
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["result"]["uid"])
