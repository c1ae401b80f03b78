"""A story of a district at a real browser: each person signs in, starts at home and follows what the page shows."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.app import create_app
from portal.services.portal import Portal
from portal.services.seeding import seed
from portal.settings import Settings
from tests.acceptance.walks.walking import Turning, Walk
from tests.browser.at_the_browser import AtTheBrowser, Tab
from tests.fixtures.database import KEYS, filled_file

CUT_SHORT = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")

pytestmark = pytest.mark.browser
# Each with the stage in which it ends; the last two tell what goes on beside a case.
STORIES = [
    ("county/zhuji", "six_workers", "archived"),
    ("county/yuyang", "judicial_confirmation", "archived"),
    ("county/zhuji", "arbitration_comes_back", "closed"),
    ("county/guandu", "supervision_sheet", "mediate"),
]


@pytest.mark.parametrize(("pack", "story", "stage"), STORIES, ids=[story for _, story, _ in STORIES])
def test_a_story_goes_from_the_door_to_its_end(
    chromium: Any,
    tmp_path: Path,
    sqlite_template: Path,
    shared_folder: Path,
    pack: str,
    story: str,
    stage: str,
) -> None:
    library = PackFiles([shipped_root()], samples=True)

    def fill(url: str) -> None:
        portal = Portal.from_url(url, keys=KEYS)
        seed(portal, library, verify=False, only=[pack])
        portal.database.dispose()

    shutil.copy(
        filled_file(shared_folder, f"walk-{pack.rpartition('/')[2]}.db", fill, sqlite_template),
        tmp_path / "walk.db",
    )
    url, clock = f"sqlite:///{tmp_path / 'walk.db'}", Turning()
    settings = Settings(
        database_url=url,
        secret_key="s" * 40,
        instance_path=tmp_path,
        env="demo",
        https=False,
        second_factor=False,
    )
    portal = Portal.from_url(url, clock, KEYS)
    app = create_app(settings, portal)
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    tabs: list[Tab] = []

    def tab() -> Tab:
        for one in tabs[-1:]:
            one.page.context.close()
        tabs.append(Tab(chromium, f"http://localhost:{server.server_port}"))
        return tabs[-1]

    try:
        walked = Walk.of(app, portal, clock, library, pack, story)
        walked.client, walked.people = tab, AtTheBrowser
        told = walked.go()
        assert walked.facts().stage == stage
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        portal.database.dispose()
    # Every step but the first begins with a list of the person's own home, never with the list of all cases.
    assert [one for one in told[1:] if one.found not in ("home", "list of home")] == []
    assert stage != "archived" or [one for one in told if one.unread] == []
    # A form that is sent while a part of it is refreshed ends that request, and its script says so.
    complaints = [complaint for one in tabs for complaint in one.complaints]
    assert [one for one in complaints if not one.startswith(CUT_SHORT)] == []
