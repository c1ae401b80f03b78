"""The service is killed now and then during many registrations: none is lost, none is double, all are logged.

``PORTAL_TEST_CASES=1000`` makes a thousand, and twenty kills, on each database. A reader looks on all the time: it
never sees a case without the entry of its registration.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import exists, func, select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record
from portal.services import audit
from tests.acceptance.service import DATA, Service
from tests.web.records.seeded_site import Site

pytestmark = pytest.mark.slow
CASES = int(os.environ.get("PORTAL_TEST_CASES", "150"))
CLIENTS = 6
KILLS = CASES // 50
# Every fifth kill takes the whole service, or the last of fewer; the others one web process.
WHOLE = min(5, KILLS)
PATIENCE_SECONDS = 400


class Clients:
    """Programs that register cases, and repeat what was not acknowledged with the same key."""

    def __init__(self, service: Service, bearer: dict[str, str]) -> None:
        self.service = service
        self.headers = bearer | {"Content-Type": "application/json"}
        self.acknowledged: dict[int, tuple[str, str]] = {}
        self.repeated = 0
        self.until = time.monotonic() + PATIENCE_SECONDS

    def run(self, first: int) -> None:
        """Register every so many cases, starting with one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        for number in range(first, CASES, CLIENTS):
            while not self._register(connection, number):
                assert time.monotonic() < self.until
                self.repeated += 1
                connection.close()
                time.sleep(0.2)
        connection.close()

    def _register(self, connection: http.client.HTTPConnection, number: int) -> bool:
        body = json.dumps({"data": DATA | {"claim": f"第{number}件"}})
        try:
            connection.request(
                "POST",
                "/api/v1/records/case/",
                body.encode(),
                self.headers | {"Idempotency-Key": f"registration-{number}"},
            )
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        if answer.status >= 500:
            return False
        assert answer.status == 201, content
        result = json.loads(content)["result"]
        self.acknowledged[number] = (result["uid"], result["code"])
        return True


class Onlooker:
    """A reader that looks for cases without an entry for as long as the context lasts."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.ended = threading.Event()
        self.looks, self.seen, self.bare = 0, 0, 0

    def __enter__(self) -> Onlooker:
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def _look(self) -> None:
        entry = exists().where(
            AuditEntry.object_id == Record.uid, AuditEntry.kind == "case", AuditEntry.action == "add"
        )
        query = select(func.count(), func.count().filter(~entry)).where(Record.etype == "case")
        while not self.ended.wait(0.4):
            # One statement sees one state of the database.
            with self.site.portal.reading(Access.system("test")) as session:
                seen, bare_now = session.execute(query).one()
            self.looks, self.seen, self.bare = self.looks + 1, seen, self.bare + bare_now


def kill_now_and_then(service: Service, clients: Clients) -> int:
    """Kill something each time another part of the cases is acknowledged; return how often that was done."""
    done = 0
    while done < KILLS:
        if len(clients.acknowledged) < CASES * (done + 1) // (KILLS + 1):
            assert time.monotonic() < clients.until
            time.sleep(0.01)
            continue
        done += 1
        if done % WHOLE:
            service.kill_worker(done)
        else:
            service.kill()
            service.start(wait=False)
    return done


def test_no_registration_is_lost_or_double(site: Site, tmp_path: Path) -> None:
    service = Service(site.url, tmp_path)
    service.start()
    try:
        clients = Clients(service, service.bearer("clerk"))
        with Onlooker(site) as onlooker, ThreadPoolExecutor(CLIENTS + 1) as pool:
            killing = pool.submit(kill_now_and_then, service, clients)
            for running in [pool.submit(clients.run, first) for first in range(CLIENTS)]:
                running.result()
            kills = killing.result()
    finally:
        service.stop()
    print(f"{kills} kills, {clients.repeated} repeated requests, {onlooker.looks} looks")
    assert kills == KILLS
    assert clients.repeated
    check_stored(site, clients.acknowledged)
    assert (onlooker.bare, onlooker.looks > 1, onlooker.seen > 0) == (0, True, True)
    report = audit.verify(site.portal)
    assert report.clean, report.findings
    audit.seal(site.portal)
    assert audit.verify(site.portal).clean


def check_stored(site: Site, acknowledged: dict[int, tuple[str, str]]) -> None:
    """Each acknowledged case is there once, with its own content, number and entry, and there is no other."""
    with site.portal.reading(Access.system("test")) as session:
        rows = session.execute(
            select(Record.uid, Record.code, Record.data).where(Record.etype == "case")
        ).all()
        entries = session.scalars(
            select(AuditEntry.object_id).where(AuditEntry.kind == "case", AuditEntry.action == "add")
        ).all()
    stored = {uid: (code, data["claim"]) for uid, code, data in rows}
    assert len(acknowledged) == len(stored) == len(rows) == CASES
    for number, (uid, code) in acknowledged.items():
        assert stored[uid] == (code, f"第{number}件")
    assert sorted(entries) == sorted(stored)
    numbers = sorted(int(code.rsplit("〕", 1)[1]) for code, _claim in stored.values())
    assert numbers == list(range(1, CASES + 1))
