"""PostgreSQL's back ends die while people register, edit, upload and list: they are told so, and nothing is lost.

``PORTAL_TEST_BACK_ENDS=100`` kills a hundred. Only PostgreSQL has back ends; SQLite is a file.
"""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from sqlalchemy import make_url, select

from portal.adapters.clock import SystemClock
from portal.core.access import Access
from portal.persistence.models import Attachment, AuditEntry, Record
from portal.services import audit
from portal.services.portal import Portal
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import KEYS, PostgresqlServer
from tests.web.conftest import token_in
from tests.web.records.seeded_site import CASE, PASSWORD, changed, form_in

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
KILLS = int(os.environ.get("PORTAL_TEST_BACK_ENDS", "10"))
WRITERS = 6
# So many requests are answered between two kills.
BETWEEN = 8
SYSTEM = Access.system("test")
PATIENCE_SECONDS = 900
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
# A back end that is at work: one that rests is found dead before it is used, which needs no luck.
KILL_ONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = '{name}' AND application_name = 'portal' AND pid <> pg_backend_pid() AND state <> 'idle'
ORDER BY random() LIMIT 1
"""


@dataclass
class Seen:
    """The answers of all writers: by status, those that are no answer of ours, and what was acknowledged."""

    statuses: Counter[int] = field(default_factory=Counter)
    succeeded: int = 0
    odd: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    edited: dict[str, int] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)
    adopted: dict[str, str] = field(default_factory=dict)


class Writer:
    """A program and a person at once: registers, edits, uploads and lists by the API and on pages."""

    def __init__(self, service: Service, seen: Seen, ended: threading.Event) -> None:
        self.service, self.seen, self.ended = service, seen, ended
        self.bearer, self.waiting = service.bearer("clerk"), ""
        self.browser = requests.Session()
        page = self.browser.get(f"{service.address}/login/", timeout=60)
        data = {"csrf_token": token_in(page.text), "username": "clerk", "password": PASSWORD}
        answer = self.browser.post(f"{service.address}/login/", data=data, timeout=60, allow_redirects=False)
        assert answer.status_code == 302

    def run(self) -> None:
        """Do everything in turn until told to end."""
        acts: list[Callable[[], None]] = [self.register, self.edit, self.upload, self.list, self.type_in]
        turn = 0
        while not self.ended.is_set():
            acts[turn % len(acts)]()
            turn += 1

    def register(self) -> None:
        if (answer := self._api("POST", "/api/v1/records/case/", json={"data": DATA})) is not None:
            self.seen.registered.append(answer.json()["result"]["uid"])
            self.last, self.version = answer.json()["result"]["uid"], answer.headers["ETag"]

    def edit(self) -> None:
        if not hasattr(self, "last"):
            return
        body = {"data": {"claim": f"退还定金，第{time.monotonic_ns()}次"}}
        answer = self._api(
            "PATCH", f"/api/v1/records/case/{self.last}", json=body, headers={"If-Match": self.version}
        )
        if answer is not None:
            self.version = answer.headers["ETag"]
            self.seen.edited[self.last] = answer.json()["result"]["version"]
        else:
            del self.last

    def upload(self) -> None:
        token = self._page("GET", "/records/case/add")
        if token is None:
            return
        answer = self._page(
            "POST",
            "/records/case/upload",
            data={"csrf_token": token_in(token.text)},
            files={"file": ("照片.png", io.BytesIO(PNG), "image/png")},
        )
        if answer is not None:
            self.waiting = answer.json()["id"]
            self.seen.uploaded.append(self.waiting)

    def list(self) -> None:
        self._api("GET", "/api/v1/records/case/")
        self._page("GET", "/records/case/list/")

    def type_in(self) -> None:
        page = self._page("GET", "/records/case/add")
        if page is None:
            return
        file, self.waiting = self.waiting, ""
        pairs = changed(form_in(page.text, "/records/case/add"), CASE | {"/attachments/0": file})
        answer = self._page("POST", "/records/case/add", data=pairs)
        if answer is not None:
            uid = answer.headers["Location"].split("#")[0].rsplit("/", 1)[1]
            self.seen.registered.append(uid)
            if file:
                self.seen.adopted[file] = uid

    def _api(self, method: str, path: str, headers: dict[str, str] | None = None, **more: object):
        answer = requests.request(
            method,
            self.service.address + path,
            headers=self.bearer | (headers or {}),
            timeout=60,
            **more,  # type: ignore[arg-type]
        )
        return self._told(answer, path, api=True)

    def _page(self, method: str, path: str, **more: object):
        answer = self.browser.request(
            method,
            self.service.address + path,
            timeout=60,
            allow_redirects=False,
            **more,  # type: ignore[arg-type]
        )
        return self._told(answer, path, api=False)

    def _told(self, answer: requests.Response, path: str, api: bool) -> requests.Response | None:
        """Note an answer; return it where it is one of success."""
        status = answer.status_code
        self.seen.statuses[status] += 1
        if status == 503:
            number = answer.headers.get("X-Request-ID", "")
            whole = number and "Retry-After" in answer.headers and "Content-Security-Policy" in answer.headers
            shape = answer.json()["error"]["request_id"] if api else number
            if not whole or shape != number or number not in answer.text:
                self.seen.odd.append(f"503 {path} {dict(answer.headers)} {answer.text[:300]}")
            self.seen.refused.append(number)
            return None
        if status not in (200, 201, 303):
            # 412: an edit that was stored although its answer got lost; the writer takes another case.
            if status != 412:
                self.seen.odd.append(f"{status} {path} {answer.text[:500]}")
            return None
        self.seen.succeeded += 1
        return answer


@pytest.fixture
def url(postgresql_server: PostgresqlServer, filled_postgresql: str) -> Iterator[str]:
    """The address of a filled database of the test's own."""
    made = postgresql_server.copy(filled_postgresql)
    yield made
    postgresql_server.drop(made)


def kill_now_and_then(server: PostgresqlServer, url: str, seen: Seen) -> int:
    """Kill back ends at work, each after a few things were done; return how many were."""
    import psycopg

    done, until = 0, time.monotonic() + PATIENCE_SECONDS
    statement = KILL_ONE.format(name=make_url(url).database)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        while done < KILLS and time.monotonic() < until:
            if seen.succeeded < (done + 1) * BETWEEN:
                time.sleep(0.02)
                continue
            # Several looks close together: a back end is at work for a few milliseconds only.
            for _look in range(200):
                if connection.execute(statement).fetchall():
                    done += 1
                    break
    return done


def test_people_are_told_and_nothing_is_lost(
    postgresql_server: PostgresqlServer, url: str, tmp_path: Path
) -> None:
    service, seen, ended = Service(url, tmp_path), Seen(), threading.Event()
    service.start()
    try:
        writers = [Writer(service, seen, ended) for _ in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            running = [pool.submit(one.run) for one in writers]
            try:
                kills = kill_now_and_then(postgresql_server, url, seen)
            finally:
                ended.set()
            for one in running:
                one.result()
    finally:
        service.stop()
    print(f"{kills} kills, answers {dict(seen.statuses)}")
    assert kills == KILLS
    assert seen.odd == []
    assert seen.refused
    # Python itself warns in plain lines.
    lines = [one for one in service.log.read_text(encoding="utf-8").splitlines() if one.startswith("{")]
    causes = {
        line["request_id"]
        for line in map(json.loads, lines)
        if line.get("failures") or line["level"] in ("error", "warning")
        if "request_id" in line
    }
    assert set(seen.refused) <= causes
    check_stored(url, seen)


def check_stored(url: str, seen: Seen) -> None:
    """All that was acknowledged is there, with its entry in the audit."""
    portal = Portal.from_url(url, SystemClock(), KEYS)
    with portal.reading(SYSTEM) as session:
        rows = session.execute(select(Record.uid, Record.version).where(Record.etype == "case"))
        cases = dict(rows.all())
        files = set(session.scalars(select(Attachment.uid)))
        whose = select(Attachment.uid, Record.uid).join(Record, Record.id == Attachment.record_id)
        adopted = dict(session.execute(whose).all())
        query = select(AuditEntry.object_id).where(AuditEntry.kind == "case", AuditEntry.action == "add")
        entries = session.scalars(query).all()
    assert set(seen.registered) <= set(cases)
    assert sorted(entries) == sorted(cases)
    assert {uid for uid, version in seen.edited.items() if cases[uid] < version} == set()
    assert set(seen.uploaded) <= files
    assert seen.adopted
    assert seen.adopted.items() <= adopted.items()
    assert min(len(seen.registered), len(seen.edited), len(seen.uploaded)) > 0
    assert audit.verify(portal).clean
    portal.database.dispose()
