"""A served portal in which a city has its guideline and the county has nothing, with a worker beside it."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.app import create_app
from portal.core.access import ADMIN, Access
from portal.core.zone import LOCAL
from portal.services import users
from portal.services.portal import Portal
from portal.services.seeding import seed
from portal.settings import Settings
from portal.worker.loop import Worker
from tests.fixtures.database import KEYS

PASSWORD = "City-of-spring-2026"
# Two administrators of the city: what one gives, the other confirms.
FIRST, SECOND = "city.first", "city.second"


class Ticking:
    """A clock that goes on from a morning of May 2026."""

    def __init__(self) -> None:
        self.start, self.since = dt.datetime(2026, 5, 6, 9, tzinfo=LOCAL), time.monotonic()

    def now(self) -> dt.datetime:
        moment = self.start + dt.timedelta(seconds=time.monotonic() - self.since)
        return moment.astimezone(dt.UTC)

    def today(self) -> dt.date:
        return self.now().astimezone(LOCAL).date()


def fill(url: str, pack: str, city: str) -> None:
    """Seed a city with its guideline, and give it two administrators."""
    portal = Portal.from_url(url, Ticking(), KEYS)
    seed(portal, PackFiles([shipped_root()], samples=True), verify=False, only=[pack])
    with portal.writing(Access.system("test")) as uow:
        for name, said in ((FIRST, "甲"), (SECOND, "乙")):
            made = users.create(uow, name, PASSWORD, "市管理员", said)
            users.assign(uow, made.id, ADMIN, city, audited=False)
        uow.commit()
    portal.database.dispose()


@contextmanager
def served(database: Path) -> Iterator[str]:
    """Serve a filled database in this process, with a worker; return the address."""
    url, clock = f"sqlite:///{database}", Ticking()
    settings = Settings(
        database_url=url,
        secret_key="s" * 40,
        instance_path=database.parent,
        env="demo",
        https=False,
        second_factor=False,
    )
    portal = Portal.from_url(url, clock, KEYS)
    server = make_server("localhost", 0, create_app(settings, portal), threaded=True)
    worker = Worker(portal)
    threads = [threading.Thread(target=one, daemon=True) for one in (server.serve_forever, worker.run)]
    for thread in threads:
        thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        worker.stop()
        server.shutdown()
        for thread in threads:
            thread.join()
        server.server_close()
        portal.database.dispose()
