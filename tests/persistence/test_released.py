"""Databases that were released upgrade; until then they are what was dumped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.persistence import migrate
from portal.persistence.database import Database
from portal.services.reach import upkeep
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


def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_what_was_in_force_stays_in_force_and_rows_are_only_added(released_url: str) -> None:
    database = Database.connect(released_url)
    try:
        before = rows(database, "SELECT unit_id, release_id, name, agency FROM centre ORDER BY unit_id")
        kept = rows(database, 'SELECT id, digest, bundle FROM "release" ORDER BY id')
        migrate.upgrade(database.engine)
        assert migrate.differences(database.engine) == []
        after = rows(
            database,
            "SELECT a.unit_id, a.release_id, c.name, c.agency FROM release_activation a "
            "JOIN centre c ON c.unit_id = a.unit_id WHERE a.effective_at = a.at ORDER BY a.unit_id",
        )
        assert after == before
        assert rows(database, 'SELECT id, digest, bundle FROM "release" ORDER BY id') == kept
        assert {row[0] for row in rows(database, 'SELECT format FROM "release"')} == {1}
        assert rows(database, "SELECT DISTINCT kind, origin FROM release_activation") == [("open", "seed")]
        assert rows(database, "SELECT DISTINCT state FROM release_state") == [("approved",)]
        for statement in (
            "UPDATE release_activation SET reason = 'x'",
            "DELETE FROM release_activation",
            "UPDATE release_state SET state = 'draft'",
            "DELETE FROM release_state",
            "UPDATE \"release\" SET title = 'x'",
        ):
            with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
                connection.execute(text(statement))
    finally:
        database.dispose()


def test_a_centre_that_pointed_elsewhere_than_its_log_keeps_its_release(released_url: str) -> None:
    database = Database.connect(released_url)
    try:
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE centre SET release_id = 1 WHERE unit_id = 2"))
        migrate.upgrade(database.engine)
        found = rows(
            database, "SELECT release_id, previous_id FROM release_activation WHERE unit_id = 2 ORDER BY id"
        )
        assert found == [(3, None), (1, 3)]
    finally:
        database.dispose()


def test_who_sees_old_records_is_right_and_a_referral_sent_at_night_began_on_that_day_here(
    released_url: str,
) -> None:
    database = Database.connect(released_url)
    try:
        with database.engine.begin() as connection:
            zone = "+00:00" if database.dialect == "postgresql" else ".000000"
            connection.execute(text(f"UPDATE referral SET created_at = '2026-11-10 17:30:00{zone}'"))
        migrate.upgrade(database.engine)
        days = {str(row[0]) for row in rows(database, "SELECT started_on FROM clock")}
        assert days == {"2026-11-11"}
        assert upkeep.check(database) == []
    finally:
        database.dispose()
