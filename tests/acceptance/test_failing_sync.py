"""A disk that cannot make sure of what was written: nothing is acknowledged that is not stored for good."""

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
from tests.acceptance.faulty_disk import UNSYNCED, FaultyDisk
from tests.acceptance.own_postgresql import OwnServer
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import BOTH
from tests.web.records.seeded_site import fill

pytestmark = pytest.mark.slow
BEFORE, DURING = range(5), range(5, 12)


@pytest.fixture(params=BOTH)
def placed(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Service, FaultyDisk, str, OwnServer | None]]:
    """A service on a disk that the test makes unreliable."""
    server: OwnServer | None = None
    if request.param == "sqlite":
        disk = FaultyDisk("portal.db")
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "portal.db")
        url, settings = f"sqlite:///{tmp_path / 'portal.db'}", disk.environment
    else:
        disk = FaultyDisk("/pg_wal/")
        server, settings = OwnServer(**disk.environment), {}
        url = server.databases.migrated()
        fill(url)
    service = Service(url, tmp_path, **settings)
    service.start()
    yield service, disk, url, server
    service.stop()
    disk.mend()
    if server is not None:
        server.close()
    disk.close()


def test_only_what_is_stored_is_acknowledged(
    placed: tuple[Service, FaultyDisk, str, OwnServer | None],
) -> None:
    service, disk, url, server = placed
    bearer, acknowledged = service.bearer("clerk"), {}

    def register(number: int) -> int:
        """Register, or repeat the registration, of one case."""
        answer = requests.post(
            f"{service.address}/api/v1/records/case/",
            json={"data": DATA | {"claim": f"第{number}件"}},
            headers=bearer | {"Idempotency-Key": f"case-{number}"},
            timeout=60,
        )
        if answer.status_code == 201:
            acknowledged[number] = answer.json()["result"]["uid"]
        return answer.status_code

    assert {register(number) for number in BEFORE} == {201}
    disk.fail(UNSYNCED)
    assert all(register(number) >= 500 for number in DURING)
    # The power goes while the disk is still bad: what was acknowledged is all that must be there.
    service.kill()
    if server is not None:
        server.crash()
    disk.mend()
    if server is not None:
        server.start()
    service.start()
    assert set(acknowledged) == set(BEFORE)
    first = dict(acknowledged)
    assert {register(number) for number in [*BEFORE, *DURING]} == {201}
    assert {number: acknowledged[number] for number in BEFORE} == first
    portal = Portal.from_url(url)
    with portal.reading(Access.system("test")) as session:
        rows = session.query(Record.uid, Record.code).filter_by(etype="case").all()
    assert {uid for uid, _code in rows} == set(acknowledged.values())
    assert len({code for _uid, code in rows}) == len(rows) == len(BEFORE) + len(DURING)
    assert audit.verify(portal).clean
    portal.database.dispose()
