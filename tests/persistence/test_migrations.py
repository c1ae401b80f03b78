"""The migrations make exactly the tables of the models, on both databases, and may run twice."""

from __future__ import annotations

import multiprocessing

from portal.persistence import migrate
from portal.persistence.database import Database


def test_the_migrated_database_has_exactly_the_models_tables(database_url: str) -> None:
    database = Database.connect(database_url)
    assert migrate.current(database.engine) == migrate.head()
    assert migrate.differences(database.engine) == []
    assert migrate.upgrade(database.engine) == migrate.head()
    database.dispose()


def _upgrade(url: str) -> str:
    database = Database.connect(url)
    try:
        return migrate.upgrade(database.engine)
    finally:
        database.dispose()


def test_several_processes_may_upgrade_an_empty_database_at_once(empty_database_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert set(pool.map(_upgrade, [empty_database_url] * 3)) == {migrate.head()}
