"""A running portal and a real Chromium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from portal.adapters.clock import FixedClock
from portal.app import create_app
from portal.services.portal import Portal
from tests.browser.newer import add_destroyed, add_newer_releases
from tests.browser.world import World, fill, opened, rolling
from tests.fixtures.database import TODAY
from tests.web.conftest import populated, settings_for

__all__ = ["populated"]


@pytest.fixture
def base_url(populated: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[str]:
    """The address of a portal that runs in this process."""
    shutil.copy(populated[0], tmp_path / "portal.db")
    portal = Portal.from_url(f"sqlite:///{tmp_path / 'portal.db'}", FixedClock.on(TODAY))
    server = make_server("localhost", 0, create_app(settings_for(portal, tmp_path), portal), threaded=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    portal.database.dispose()


@pytest.fixture(scope="session")
def world(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A served portal with cases on every stage and people of every kind."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(filled_sqlite, folder / "portal.db")
    url = f"sqlite:///{folder / 'portal.db'}"
    fill(url)
    with opened(url, folder) as found:
        add_newer_releases(found, folder / "newer")
        add_destroyed(found)
        # Files of the city would be refused beside its later version in the store.
        found.places |= rolling(found.site.portal)
        yield found
