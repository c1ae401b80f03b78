"""The whole service as a test can treat it: `portal serve` in processes that may be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.fixtures.database import DATA_KEY
from tests.fixtures.ports import free_port
from tests.web.records.seeded_site import PASSWORD

START_SECONDS = 60
DATA = {
    "channel": "walk_in",
    "applicant_name": "张小明（虚构）",
    "applicant_phone": "13800000000",
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋买卖合同履行发生纠纷",
    "claim": "退还定金",
    "amount": 20000,
    "willing": "yes",
    "lower_tried": False,
}


class Service:
    """`portal serve` on one port, with its processes in a group of their own."""

    def __init__(self, database_url: str, folder: Path, workers: int = 2, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.options: list[str] = []
        self.log = folder / f"service-{self.port}.log"
        self.environment = os.environ | {
            "PORTAL_ENV": "demo",
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
            "PORTAL_DATA_KEY": DATA_KEY,
            **settings,
        }

    def start(self, wait: bool = True) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "portal", "serve", "--workers", str(self.workers)]
        with self.log.open("ab") as log:
            self.master = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{self.port}", *self.options],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.master.poll() is None, self.log.read_text(encoding="utf-8")[-2000:]
            try:
                if requests.get(f"{self.address}/health", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError("the service does not answer")

    def kill_worker(self, number: int = 0) -> None:
        """Kill one web process, as a crash would; gunicorn replaces it."""
        children = [one for one in psutil.Process(self.master.pid).children() if _listens(one)]
        if children:
            children[number % len(children)].kill()

    def beside(self) -> list[psutil.Process]:
        """Return the processes that work outside of requests."""
        return [one for one in psutil.Process(self.master.pid).children() if not _listens(one)]

    def kill(self) -> None:
        """Kill everything at once, as a power cut would."""
        os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait()

    def stop(self) -> None:
        """End it in order."""
        self.master.terminate()
        try:
            self.master.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def lines(self) -> list[dict[str, Any]]:
        """Return its log."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line]

    def bearer(self, name: str) -> dict[str, str]:
        """Sign somebody in by the API."""
        answer = requests.post(
            f"{self.address}/api/v1/security/login",
            json={"username": name, "password": PASSWORD, "provider": "db"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _listens(process: psutil.Process) -> bool:
    """Return whether a process answers requests; the one that works outside of them does not."""
    try:
        return any(one.status == psutil.CONN_LISTEN for one in process.net_connections())
    except psutil.Error:
        return False


@contextmanager
def service(database_url: str, folder: Path, workers: int = 2, **settings: str) -> Iterator[Service]:
    """Run the service for as long as the context lasts."""
    made = Service(database_url, folder, workers, **settings)
    made.start()
    try:
        yield made
    finally:
        made.stop()
