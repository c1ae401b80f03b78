"""A backup is written while people register cases, and restored where nothing is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import select

from portal.adapters import keyring
from portal.adapters.clock import SystemClock
from portal.core.access import Access
from portal.persistence.models import Attachment, Record
from portal.services import audit, records
from portal.services.demo import load_demo
from portal.services.portal import Portal
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import KEYS
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof

SYSTEM = Access.system("test")
CLIENTS = 8
PER_SECOND = 20
PATIENCE_SECONDS = 120


def run(service: Service, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with the settings of a service."""
    command = [sys.executable, "-m", "portal", *words]
    return subprocess.run(command, env=service.environment, capture_output=True, text=True, check=False)


def open_at(url: str) -> Portal:
    return Portal.from_url(url, SystemClock(), KEYS)


@dataclass
class Load:
    """Programs that register cases at a steady pace, and when each was acknowledged."""

    service: Service
    bearer: dict[str, str]
    acknowledged: dict[str, tuple[float, str]] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            running = [pool.submit(self._register, number) for number in range(CLIENTS)]
            try:
                yield
            finally:
                self.ended.set()
        for one in running:
            one.result()

    def wait_for(self, many: int) -> None:
        """Wait until so many cases are acknowledged."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.acknowledged) < many:
            assert time.monotonic() < until, (len(self.acknowledged), self.refused)
            time.sleep(0.05)

    def _register(self, number: int) -> None:
        due = time.monotonic() + number / PER_SECOND
        with requests.Session() as session:
            while not self.ended.wait(max(0.0, due - time.monotonic())):
                due += CLIENTS / PER_SECOND
                answer = session.post(
                    f"{self.service.address}/api/v1/records/case/",
                    json={"data": DATA},
                    headers=self.bearer,
                    timeout=60,
                )
                if answer.status_code != 201:
                    self.refused.append(answer.status_code)
                    continue
                result = answer.json()["result"]
                self.acknowledged[result["uid"]] = (time.monotonic(), result["code"])


def prepare(url: str, cases: int, files: int) -> None:
    """Put older cases and files into a database."""
    portal = open_at(url)
    load_demo(portal, cases)
    with portal.writing(SYSTEM) as uow:
        for number in range(files):
            records.attach(uow, None, f"{number}.png", "image/png", os.urandom(100_000 + number))
        uow.commit()
    audit.seal(portal)
    portal.database.dispose()


@proof(
    "backup",
    "A backup under 20 requests a second comes back on an empty instance with every case acknowledged before it",
    minutes=5,
    small={"cases": 20, "files": 2, "before": 10},
    large={"cases": 5_000, "files": 50, "before": 400},
)
def backup_under_load(place: Place, cases: int, files: int, before: int) -> Iterator[Number]:
    url, to = place.filled(), place.empty()
    prepare(url, cases, files)
    key, file = place.folder / "backup.key", place.folder / "one.backup"
    key.write_text(keyring.new_key(), encoding="ascii")
    secret = ("--key-file", str(key))
    service = Service(url, place.folder)
    service.start()
    try:
        load = Load(service, service.bearer("clerk"))
        with load.running():
            load.wait_for(before)
            began = time.monotonic()
            made = run(service, "backup", "make", str(file), *secret)
            ended = time.monotonic()
            load.wait_for(len(load.acknowledged) + 5)
    finally:
        service.stop()
    yield equal("exit code of portal backup make", (0, ""), (made.returncode, made.stderr))
    during = [at for at, _code in load.acknowledged.values() if began <= at <= ended]
    wanted = {uid: code for uid, (at, code) in load.acknowledged.items() if at < began}
    yield at_least("cases acknowledged before the backup", before, len(wanted))
    yield equal("requests refused", [], load.refused)
    yield at_least("cases acknowledged while it was written", 1, len(during))
    yield at_least("registrations a second meanwhile", 19, len(during) / (ended - began), clock=True)
    yield at_most("seconds of the backup", 60, ended - began, clock=True)
    names = [DATA["applicant_name"], DATA["summary"], *list(wanted.values())[:3]]
    content = file.read_bytes()
    yield equal(
        "names, texts and numbers readable in the file", 0, sum(str(n).encode() in content for n in names)
    )

    restored = Service(to, place.folder / "restored")
    Path(restored.environment["PORTAL_INSTANCE"]).mkdir()
    yield from other_keys_are_refused(restored, file, secret)
    began = time.monotonic()
    done = run(restored, "restore", str(file), *secret)
    yield equal("exit code of portal restore", (0, ""), (done.returncode, done.stderr))
    yield at_most("minutes of the restore", 30, (time.monotonic() - began) / 60, clock=True)
    yield from compare(url, to, wanted, load)
    yield equal("exit code of portal db check", 0, run(restored, "db", "check").returncode)
    yield from goes_on(restored, to)


def other_keys_are_refused(service: Service, file: Path, secret: tuple[str, str]) -> Iterator[Number]:
    kept = service.environment["PORTAL_DATA_KEY"]
    service.environment["PORTAL_DATA_KEY"] = keyring.new_key()
    refused = run(service, "restore", str(file), *secret)
    service.environment["PORTAL_DATA_KEY"] = kept
    yield equal(
        "a restore with another data key is refused",
        (1, True),
        (refused.returncode, "restore.data_key" in refused.stderr),
    )


def compare(url: str, to: str, wanted: dict[str, str], load: Load) -> Iterator[Number]:
    """Compare what was restored with what was acknowledged, and with what is in the database that went on."""
    old, new = open_at(url), open_at(to)
    try:
        query = select(Record.uid, Record.code, Record.version, Record.title, Record.data)
        with old.reading(SYSTEM) as session:
            there = {row.uid: tuple(row) for row in session.execute(query)}
            held = {row.uid: row.sha256 for row in session.execute(select(Attachment.uid, Attachment.sha256))}
        with new.reading(SYSTEM) as session:
            found = {row.uid: tuple(row) for row in session.execute(query)}
            files = {
                row.uid: hashlib.sha256(row.content).hexdigest()
                for row in session.execute(select(Attachment.uid, Attachment.content))
            }
        missing = [uid for uid, code in wanted.items() if uid not in found or found[uid][1] != code]
        yield equal(f"of {len(wanted)} acknowledged cases missing", 0, len(missing))
        differing = [uid for uid, row in found.items() if there.get(uid) != row]
        yield equal(f"of {len(found)} restored records otherwise than they were", 0, len(differing))
        yield equal("numbers given twice", 0, len(found) - len({row[1] or row[0] for row in found.values()}))
        yield equal(f"of {len(held)} files otherwise than they were", {}, dict(held.items() ^ files.items()))
        yield equal("findings in the audit log", [], audit.verify(new).findings)
    finally:
        old.database.dispose()
        new.database.dispose()


def goes_on(service: Service, url: str) -> Iterator[Number]:
    """Register a case where the backup was restored, and verify the audit log with its entry in it."""
    service.start()
    try:
        answer = requests.post(
            f"{service.address}/api/v1/records/case/",
            json={"data": DATA},
            headers=service.bearer("clerk"),
            timeout=60,
        )
    finally:
        service.stop()
    yield equal("a case is registered there", 201, answer.status_code)
    code = str(json.loads(answer.text)["result"]["code"])
    portal = open_at(url)
    try:
        with portal.reading(SYSTEM) as session:
            stored = session.scalars(select(Record.code).where(Record.code == code)).all()
        yield equal("cases with its number", 1, len(stored))
        audit.seal(portal)
        yield equal("findings after it", [], audit.verify(portal).findings)
    finally:
        portal.database.dispose()
