"""Fixtures for all tests."""

import gc
from typing import Any

import pytest

from tests.fixtures.browser import chromium
from tests.fixtures.cheap import (
    addresses_compiled_once,
    cheap_commits,
    cheap_hashes,
    pack_files_read_once,
    real_hashes,
    static_files_packed_once,
    templates_compiled_once,
)
from tests.fixtures.database import (
    database_url,
    empty_database_url,
    portal,
    postgresql_server,
    seeded,
    seeded_postgresql,
    seeded_sqlite,
    seeded_url,
    sqlite_template,
    system,
)
from tests.fixtures.filled import (
    filled_postgresql,
    filled_sqlite,
    shipped_postgresql,
    shipped_sqlite,
    shipped_url,
    town_postgresql,
    town_sqlite,
)
from tests.fixtures.once import shared_folder
from tests.fixtures.sharing import Sharing

__all__ = [
    "addresses_compiled_once",
    "cheap_commits",
    "cheap_hashes",
    "chromium",
    "database_url",
    "empty_database_url",
    "filled_postgresql",
    "filled_sqlite",
    "pack_files_read_once",
    "portal",
    "postgresql_server",
    "real_hashes",
    "seeded",
    "seeded_postgresql",
    "seeded_sqlite",
    "seeded_url",
    "shared_folder",
    "shipped_postgresql",
    "shipped_sqlite",
    "shipped_url",
    "sqlite_template",
    "static_files_packed_once",
    "system",
    "templates_compiled_once",
    "town_postgresql",
    "town_sqlite",
]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    """Deal out the tests of a parallel run."""
    return Sharing(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays for good, and come less often: it took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
