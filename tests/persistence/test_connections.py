"""Connections of the pool: those that rested are asked whether they still live; broken ones are replaced."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.persistence import postgresql
from portal.persistence.database import Database
from tests.fixtures.database import PostgresqlServer


@pytest.mark.postgresql
def test_a_connection_that_rested_is_replaced_when_the_server_dropped_it(
    postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Database.connect(postgresql_server.migrated())

    def process() -> int:
        with found.engine.connect() as connection:
            return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)

    def drop(pid: int) -> None:
        postgresql_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")

    first = process()
    assert process() == first
    drop(first)
    # Just used, so nobody asked: the request fails, and the next one has a new connection.
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 60.0)
    with pytest.raises(DBAPIError):
        process()
    second = process()
    assert second != first
    drop(second)
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 0.0)
    assert process() not in (first, second)
    with found.engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    found.dispose()
