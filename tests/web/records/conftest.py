"""A seeded portal on each kind of database, copied from a template that was filled once per session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from portal.persistence.database import Database
from tests.fixtures.database import BOTH, PostgresqlServer
from tests.web.records.seeded_site import Browser, Site, fill


@pytest.fixture(scope="session")
def filled_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with packs and people."""
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    shutil.copy(sqlite_template, path)
    fill(f"sqlite:///{path}")
    database = Database.connect(f"sqlite:///{path}")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def filled_postgresql(postgresql_server: PostgresqlServer) -> str:
    """The name of a PostgreSQL database with packs and people."""
    url = postgresql_server.migrated()
    fill(url)
    return str(make_url(url).database)


@pytest.fixture(scope="module", params=BOTH)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal of this module's own, with three counties, a city and people."""
    folder = tmp_path_factory.mktemp("site")
    server: PostgresqlServer | None = None
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), folder / "portal.db")
        url = f"sqlite:///{folder / 'portal.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    opened = Site.open(url, folder)
    yield opened
    opened.close()
    if server is not None:
        server.drop(url)


@pytest.fixture(scope="module")
def clerk(site: Site) -> Browser:
    """A clerk of Xishan's centre."""
    return site.login("clerk")
