"""Wrong sign-ins count together over the processes of a running service, by form and by API, for one address."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter

from portal.core.access import Access
from portal.services import users
from portal.services.portal import Portal
from tests.acceptance.service import service
from tests.fixtures.database import PostgresqlServer

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
PASSWORD = "A-long-test-password-1"


class From(HTTPAdapter):
    """Connections that come from another address of this machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: object, **more: object) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **more)  # type: ignore[arg-type]


def client(address: str) -> requests.Session:
    made = requests.Session()
    made.mount("http://", From(address))
    return made


def by_form(base: str, name: str, password: str, address: str) -> int:
    browser = client(address)
    page = browser.get(f"{base}/login/", timeout=30)
    if page.status_code == 503:
        return 503
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found
    data = {"csrf_token": found[1], "username": name, "password": password}
    return browser.post(f"{base}/login/", data=data, timeout=30, allow_redirects=False).status_code


def by_api(base: str, name: str, password: str, address: str) -> int:
    body = {"username": name, "password": password}
    return client(address).post(f"{base}/api/v1/security/login", json=body, timeout=30).status_code


def answered(way: Callable[..., int], *told: str) -> int:
    """Return the answer; a busy machine may ask for patience (503), which counts for nothing."""
    for _ in range(20):
        status = way(*told)
        if status != 503:
            break
    return status


def test_ten_wrong_sign_ins_over_four_processes(
    postgresql_server: PostgresqlServer, seeded_postgresql: str, tmp_path: Path
) -> None:
    url = postgresql_server.copy(seeded_postgresql)
    portal = Portal.from_url(url)
    with portal.writing(Access.system("test")) as uow:
        for name in ("li.wei", "wang.fang"):
            users.create(uow, name, PASSWORD, "某", name)
        uow.commit()
    portal.database.dispose()
    with service(url, tmp_path, workers=4) as running, ThreadPoolExecutor(8) as pool:
        base, here, there = running.address, "127.0.0.1", "127.0.0.2"
        ways = [(by_form, by_api)[number % 2] for number in range(30)]
        answers = Counter(pool.map(lambda way: answered(way, base, "li.wei", "wrong", here), ways))
        assert answers == {401: 9, 429: 21}
        for way, good in ((by_form, 302), (by_api, 200)):
            assert way(base, "li.wei", PASSWORD, here) == 429
            assert way(base, "li.wei", PASSWORD, there) == good
            assert way(base, "wang.fang", PASSWORD, here) == good
    postgresql_server.drop(url)
