"""A disk that is full to the last byte: people are told so, read and sign in; nothing is lost, and it goes on later."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from portal.core.access import Access
from portal.persistence.models import Record
from portal.services import audit
from portal.services.portal import Portal
from tests.acceptance.faulty_disk import FULL, FaultyDisk
from tests.acceptance.own_postgresql import OwnServer
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import BOTH
from tests.web.records.live import Person
from tests.web.records.seeded_site import fill

pytestmark = pytest.mark.slow
RECORDS = "/api/v1/records/case/"
TOLD = {"zh": "磁盘已满", "en": "disk is full"}


@pytest.fixture(params=BOTH)
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Service, FaultyDisk, str]]:
    """A service on a disk that the test fills."""
    if request.param == "sqlite":
        disk, server = FaultyDisk("portal.db"), None
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "portal.db")
        url, settings = f"sqlite:///{tmp_path / 'portal.db'}", disk.environment
    else:
        # Its log is on a disk of its own, as docs/operators/databases.md asks for.
        disk = FaultyDisk("/base/")
        server, settings = OwnServer(**disk.environment), {}
        url = server.databases.migrated()
        fill(url)
    service = Service(url, tmp_path, **settings)
    service.start()
    yield service, disk, url
    service.stop()
    if server is not None:
        disk.mend()
        server.close()
    disk.close()


def stored(url: str) -> tuple[set[str], bool]:
    """Return the identifiers of all cases, and whether the audit log is clean."""
    portal = Portal.from_url(url)
    with portal.reading(Access.system("test")) as session:
        uids = {record.uid for record in session.query(Record).filter_by(etype="case")}
    clean = audit.verify(portal).clean
    portal.database.dispose()
    return uids, clean


def test_people_read_and_sign_in_and_nothing_is_lost(filled: tuple[Service, FaultyDisk, str]) -> None:
    service, disk, url = filled
    clerk, bearer = Person(service.address, "clerk"), service.bearer("clerk")

    def register(number: int) -> requests.Response:
        # Large enough to need new room on every kind of database.
        data = DATA | {"summary": f"{number}" + chr(0x4E00 + number % 5000) * 900, "claim": f"第{number}件"}
        return requests.post(service.address + RECORDS, json={"data": data}, headers=bearer, timeout=60)

    kept = {register(number).json()["result"]["uid"] for number in range(3)}
    disk.fail(FULL)
    refused = None
    for number in range(3, 400):
        answer = register(number)
        if answer.status_code != 201:
            refused = answer
            break
        kept.add(answer.json()["result"]["uid"])
    assert refused is not None
    assert refused.status_code == 507, refused.text
    assert TOLD["zh"] in refused.json()["error"]["message"]
    sent = clerk.session.post(
        f"{service.address}/records/case/upload",
        data={"csrf_token": _token(clerk)},
        files={"file": ("a.pdf", b"%PDF-1.7 " + bytes(range(256)) * 2000)},
        timeout=60,
    )
    assert sent.status_code == 507, sent.text
    for uid in kept:
        assert clerk.get(f"/records/case/show/{uid}").status_code == 200
    assert clerk.get("/records/case/list/?all=1").status_code == 200
    others = [Person(service.address, name) for name in ("clerk2", "triage", "director")]
    assert all(other.get("/").status_code == 200 for other in others)
    assert service.bearer("handler")
    disk.mend()
    again = register(1000)
    assert again.status_code == 201, again.text
    kept.add(again.json()["result"]["uid"])
    for person in (clerk, *others):
        person.close()
    assert stored(url) == (kept, True)


def _token(person: Person) -> str:
    import re

    found = re.search(r'<meta name="csrf-token" content="([^"]+)"', person.get("/").text)
    assert found
    return found[1]
