"""`portal serve` keeps a process that works outside of requests, and lets it go with the others."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from portal.core.access import Access
from portal.services import jobs
from portal.services.portal import Portal
from tests.acceptance.service import Service
from tests.fixtures.database import KEYS

pytestmark = pytest.mark.slow
BACK_SECONDS = 10.0


def until(holds: Callable[[], object], seconds: float = BACK_SECONDS) -> float:
    """Wait until something holds; return how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "not in time"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture
def running(seeded_sqlite: Path, tmp_path: Path) -> Iterator[Service]:
    shutil.copy(seeded_sqlite, tmp_path / "portal.db")
    made = Service(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path)
    try:
        made.start()
        yield made
    finally:
        with suppress(ProcessLookupError):
            made.kill()


def is_up(service: Service) -> bool:
    return str(requests.get(f"{service.address}/ready", timeout=10).json()["worker"]) == "up"


def test_the_worker_is_back_within_ten_seconds_again_and_again_and_web_processes_stay(
    running: Service,
) -> None:
    until(lambda: is_up(running))
    web = {one.pid for one in psutil.Process(running.master.pid).children()} - {
        one.pid for one in running.beside()
    }
    for _ in range(4):
        (worker,) = running.beside()
        worker.kill()
        until(lambda gone=worker.pid: [one.pid for one in running.beside()] not in ([], [gone]))
    children = {one.pid for one in psutil.Process(running.master.pid).children()}
    assert web < children
    assert len(children) == 3


def test_it_works_again_after_it_was_killed(running: Service) -> None:
    url = running.environment["PORTAL_DATABASE_URL"]
    portal = Portal.from_url(url, keys=KEYS)
    until(lambda: is_up(running))
    running.beside()[0].kill()
    with portal.writing(Access.system("test")) as uow:
        jobs.enqueue(uow, "seal_audit")
        uow.commit()
    until(lambda: status_of(portal) == "done")
    portal.database.dispose()


def status_of(portal: Portal) -> str:
    from sqlalchemy import select

    from portal.persistence.models import Job

    with portal.reading(Access.system("test")) as session:
        query = select(Job.status).where(Job.kind == "seal_audit", Job.key.is_(None))
        return str(session.scalars(query).one())


def test_a_reload_replaces_it_and_it_stays_one(running: Service) -> None:
    (before,) = running.beside()
    os.kill(running.master.pid, signal.SIGHUP)
    until(
        lambda: [one.pid for one in running.beside()] not in ([], [before.pid]) and not before.is_running(),
        40,
    )
    until(lambda: len(psutil.Process(running.master.pid).children()) == 3, 40)
    assert len(running.beside()) == 1


def test_it_stops_in_order_and_is_gone_when_the_master_is_killed(running: Service) -> None:
    until(lambda: is_up(running))
    (worker,) = running.beside()
    running.master.send_signal(signal.SIGKILL)
    running.master.wait()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    running.start()
    (worker,) = running.beside()
    running.stop()
    assert running.master.returncode == 0
    assert not worker.is_running()


def test_none_is_kept_where_none_is_wanted_and_one_apart_does_the_work(
    seeded_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(seeded_sqlite, tmp_path / "portal.db")
    service = Service(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path)
    service.options = ["--no-worker"]
    service.start()
    apart = None
    try:
        assert service.beside() == []
        assert requests.get(f"{service.address}/ready", timeout=10).json()["worker"] == "none"
        command = [sys.executable, "-m", "portal", "worker"]
        asked = subprocess.run([*command, "--status"], env=service.environment, check=False)
        assert asked.returncode == 1
        apart = subprocess.Popen(command, env=service.environment)
        until(lambda: is_up(service), 30)
        apart.terminate()
        assert apart.wait(20) == 0
        until(lambda: not is_up(service))
    finally:
        service.kill()
        if apart is not None and apart.poll() is None:
            apart.kill()
