"""A portal in a process of its own, and a person who uses it over real HTTP."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.fixtures.database import DATA_KEY
from tests.fixtures.ports import free_port
from tests.web.records.seeded_site import PASSWORD, changed, form_in

READY_SECONDS = 60


@contextmanager
def serving(database_url: str, folder: Path, workers: int = 1) -> Iterator[str]:
    """Run ``portal serve`` on a database; yield its address."""
    port = free_port()
    environment = os.environ | {
        "PORTAL_ENV": "demo",
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
        "PORTAL_DATA_KEY": DATA_KEY,
    }
    with (folder / f"serve-{port}.log").open("wb") as log:
        command = [sys.executable, "-m", "portal", "serve"]
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "--workers", str(workers)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Person:
    """Somebody signed in over real HTTP."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self.session = requests.Session()
        page = self.session.get(f"{address}/login/", timeout=30).text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found
        answer = self.session.post(
            f"{address}/login/",
            data={"csrf_token": html.unescape(found[1]), "username": name, "password": PASSWORD},
            timeout=30,
        )
        assert "/login" not in answer.url, answer.text[:500]

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.address + path, timeout=30)

    def send(self, path: str, **changes: str) -> requests.Response:
        pairs = changed(form_in(self.get(path).text, path), changes)
        return self.session.post(self.address + path, data=pairs, timeout=60, allow_redirects=False)

    def close(self) -> None:
        self.session.close()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            if requests.get(f"{address}/health", timeout=2).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError("the server does not answer")
