"""Databases that were released upgrade; until then they are what was dumped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.persistence import migrate
from portal.persistence.database import Database
from tests.fixtures.database import BOTH, PostgresqlServer
from tests.fixtures.released import released_postgresql, released_sqlite


@pytest.fixture(params=BOTH)
def released_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database at revision 0001 with 300 cases, on each kind of database."""
    if request.param == "sqlite":
        yield released_sqlite(tmp_path)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = released_postgresql(server)
    yield url
    server.drop(url)


def test_the_dump_is_restored_at_its_revision(released_url: str) -> None:
    database = Database.connect(released_url)
    try:
        assert migrate.current(database.engine) == "0001"
        with database.engine.connect() as connection:
            cases = connection.scalar(text("SELECT count(*) FROM record WHERE etype = 'case'"))
            releases = connection.scalar(text('SELECT count(*) FROM "release"'))
        assert (cases, releases) == (300, 4)
    finally:
        database.dispose()
