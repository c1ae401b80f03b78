"""Health, readiness, counters of several processes; failures found by their number; no personal data in logs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from portal.persistence.database import build_engine
from portal.web.words.list_state import TEXT
from tests.acceptance.service import DATA, Service, service
from tests.fixtures.database import PostgresqlServer

pytestmark = pytest.mark.slow
CANARY = "金丝雀王小虎"
PHONE = "13987654321"
RECORDS = "/api/v1/records/case/"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("watched")
    if request.param == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    else:
        shutil.copy(filled_sqlite, folder / "portal.db")
        url = f"sqlite:///{folder / 'portal.db'}"
    with service(url, folder) as made:
        yield made
    if request.param == "postgresql":
        server.drop(url)


def count(metrics: str, series: str) -> int:
    found = re.search(rf"^{re.escape(series)} (\d+)$", metrics, re.MULTILINE)
    return int(found[1]) if found else 0


def test_they_answer_and_count_over_all_processes(running: Service) -> None:
    for path, words in (("/health", '"status":"ok"'), ("/ready", '"database":"up"')):
        answer = requests.get(running.address + path, timeout=30)
        assert (answer.status_code, words in answer.text) == (200, True)
    series = 'portal_requests_total{route="/health",method="GET",status="2xx"}'
    before = count(requests.get(f"{running.address}/metrics", timeout=30).text, series)
    for _ in range(40):
        # Each on a connection of its own, so that both processes get some.
        requests.get(f"{running.address}/health", headers={"Connection": "close"}, timeout=30)
    running.kill_worker()
    running.wait()
    metrics = requests.get(f"{running.address}/metrics", timeout=30)
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert count(metrics.text, series) >= before + 40
    assert "portal_database_up 1\n" in metrics.text
    passed_on = {"X-Forwarded-For": "203.0.113.9"}
    assert requests.get(f"{running.address}/metrics", headers=passed_on, timeout=30).status_code == 404


def test_what_people_enter_is_in_no_log_no_counter_and_no_error_page(running: Service) -> None:
    bearer, pages = running.bearer("clerk"), []
    address = running.address + RECORDS

    def ask(method: str, url: str, **more: object) -> requests.Response:
        answer = requests.request(method, url, headers=bearer, timeout=60, **more)  # type: ignore[arg-type]
        pages.append(answer)
        return answer

    person = {"applicant_name": CANARY, "applicant_phone": PHONE}
    made = ask("POST", address, json={"data": DATA | person})
    assert made.status_code == 201
    pages.clear()  # its answer holds the person, as it should
    assert ask("GET", f"{address}?{TEXT}={CANARY}").ok
    assert ask("GET", f"{address}?/applicant_phone={PHONE}").status_code < 500
    pages.clear()
    uid = made.json()["result"]["uid"]
    ask("POST", address, json={"data": DATA | person | {"applicant_phone": f"{PHONE}x", "claim": ""}})
    ask("PATCH", address + uid, json={"data": {"claim": CANARY}})
    ask("GET", f"{address}{CANARY}")
    ask("GET", f"{running.address}/{CANARY}/{PHONE}?q={CANARY}")
    ask("POST", f"{running.address}/api/v1/security/login", json={"username": CANARY, "password": PHONE})
    ask("POST", address, data=f'{{"data": {{"claim": "{CANARY}'.encode())
    with Broken(running):
        failed = [ask("GET", address + uid), ask("POST", address, json={"data": DATA | person})]
        failed.append(ask("GET", f"{running.address}/records/case/show/{uid}"))
        failed.append(requests.get(f"{running.address}/login/?q={CANARY}", timeout=60))
    log = running.log.read_text(encoding="utf-8")
    lines = running.lines()
    statuses = [answer.status_code for answer in failed[:2]]
    assert all(status >= 500 for status in statuses), statuses
    for answer in [answer for answer in [*pages, *failed] if answer.status_code >= 500]:
        number = answer.headers["X-Request-ID"]
        assert number in answer.text
        told = [line for line in lines if line.get("request_id") == number]
        assert {line["level"] for line in told} == {"error", "info"}, told
    metrics = requests.get(f"{running.address}/metrics", timeout=30).text
    for canary in (CANARY, PHONE, CANARY.encode("unicode_escape").decode(), requests.utils.quote(CANARY)):
        assert canary not in log
        assert canary not in metrics
        for answer in pages:
            assert canary not in answer.text, (answer.url, answer.text)
            assert canary not in answer.headers.get("Location", "")


class Broken:
    """A database in which a table is missing, for as long as the context lasts."""

    def __init__(self, running: Service) -> None:
        self.engine = build_engine(running.environment["PORTAL_DATABASE_URL"])

    def _rename(self, before: str, after: str) -> None:
        with self.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA legacy_alter_table=ON"))
            connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))
        self.engine.dispose()

    def __enter__(self) -> None:
        self._rename("record", "record_away")

    def __exit__(self, *_: object) -> None:
        self._rename("record_away", "record")
