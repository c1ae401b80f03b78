"""A seeded portal on each kind of database, copied from a template that was filled once per session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.fixtures.database import BOTH, PostgresqlServer
from tests.web.records.seeded_site import Browser, Site


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
