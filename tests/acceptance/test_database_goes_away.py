"""The database is stopped, frozen, cut off, or down when the portal starts: people are told at once, and it comes back.

Only PostgreSQL can be away; SQLite is a file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.acceptance.own_postgresql import Cable, OwnServer
from tests.acceptance.service import Service
from tests.web.conftest import token_in
from tests.web.records.seeded_site import PASSWORD, fill

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
REFUSED_SECONDS = 5.0
BACK_SECONDS = 10.0
# On a machine that runs other tests at the same time; `make prove ONLY=away` allows none.
SLACK = float(os.environ.get("PORTAL_TEST_SLACK", "3"))


@dataclass
class Place:
    """A server, the cable to it, and the service at the other end."""

    server: OwnServer
    cable: Cable
    service: Service
    bearer: dict[str, str]
    cookies: dict[str, str]

    def get(self, path: str, timeout: float = 60) -> tuple[int, float, requests.Response]:
        """Ask for something, a program for what is under /api, a person for pages; return status and seconds."""
        began = time.monotonic()
        api = path.startswith("/api/")
        answer = requests.get(
            self.service.address + path,
            headers=self.bearer if api else {},
            cookies={} if api else self.cookies,
            timeout=timeout,
            allow_redirects=False,
        )
        return answer.status_code, time.monotonic() - began, answer


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("away")
    server = OwnServer()
    url = server.databases.migrated()
    fill(url)
    cable = Cable(url)
    service = Service(cable.url, folder)
    service.start()
    yield Place(server, cable, service, service.bearer("clerk"), signed_in(service))
    service.stop()
    cable.close()
    server.close()


def signed_in(service: Service) -> dict[str, str]:
    """Return the cookies of a clerk who signed in through the form."""
    with requests.Session() as session:
        page = session.get(f"{service.address}/login/", timeout=60)
        data = {"csrf_token": token_in(page.text), "username": "clerk", "password": PASSWORD}
        answer = session.post(f"{service.address}/login/", data=data, timeout=60, allow_redirects=False)
        assert answer.status_code == 302
        return {str(name): str(value) for name, value in session.cookies.items()}


def away(place: Place, what: str) -> None:
    """Ask for several things at once while the database is away."""
    paths = ["/ready", "/api/v1/records/case/", "/", "/records/case/list/", "/ready", "/health"] * 2
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(place.get, paths))
    slowest = max(seconds for _status, seconds, _answer in answers)
    print(f"{what}: slowest answer {slowest:.1f} s")
    for path, (status, seconds, answer) in zip(paths, answers, strict=True):
        if path == "/health":
            assert status == 200
        else:
            assert status == 503, (path, answer.text[:500])
        assert seconds < REFUSED_SECONDS * SLACK, (path, seconds)
        if path not in ("/ready", "/health"):
            assert answer.headers["Retry-After"]
            assert answer.headers["X-Request-ID"] in place.service.log.read_text(encoding="utf-8")


def back(place: Place, what: str) -> None:
    """Wait until it works again, by itself."""
    began = time.monotonic()
    while any(
        place.get(path)[0] != 200 for path in ("/ready", "/api/v1/records/case/", "/records/case/list/")
    ):
        assert time.monotonic() - began < BACK_SECONDS * SLACK, what
        time.sleep(0.2)
    print(f"{what}: back after {time.monotonic() - began:.1f} s")


@pytest.mark.parametrize("what", ["stopped", "frozen", "cut off"])
def test_people_are_told_and_it_comes_back_by_itself(place: Place, what: str) -> None:
    harm: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "stopped": (place.server.stop, place.server.start),
        "frozen": (place.server.freeze, place.server.thaw),
        "cut off": (place.cable.cut.set, place.cable.mend),
    }
    begin, end = harm[what]
    back(place, "before")
    master = place.service.master.pid
    begin()
    try:
        away(place, what)
    finally:
        end()
    back(place, what)
    assert place.service.master.pid == master
    assert place.service.master.poll() is None


def test_it_starts_without_the_database(place: Place, tmp_path: Path) -> None:
    place.server.stop()
    late = Service(place.cable.url, tmp_path)
    try:
        late.start()
        status, seconds, _answer = Place(place.server, place.cable, late, {}, {}).get("/ready")
        assert (status, seconds < REFUSED_SECONDS * SLACK) == (503, True)
        place.server.start()
        back(Place(place.server, place.cable, late, place.bearer, place.cookies), "late start")
    finally:
        late.stop()
