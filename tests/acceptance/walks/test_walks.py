"""The stories of five districts through the pages: each person starts at home and follows what the pages show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.app import create_app
from portal.services.portal import Portal
from portal.services.seeding import seed
from portal.settings import Settings
from tests.acceptance.service import service
from tests.acceptance.walks.courses import DAY, DISTRICTS, course
from tests.acceptance.walks.person import Served
from tests.acceptance.walks.walking import Turning, Walk
from tests.fixtures.database import KEYS, filled_file

LIBRARY = PackFiles([shipped_root()], samples=True)
STORIES = [
    ("county/xishan", "ten_year_family_property"),
    ("county/zhuji", "six_workers"),
    ("county/zhuji", "failed_to_arbitration"),
    ("county/yuyang", "judicial_confirmation"),
    ("county/guandu", "three_tiers_and_whistle"),
    ("county/uxin", "gacha_reports"),
    ("county/uxin", "first_visited_first_handled"),
    ("county/yuyang", "resident_mediator"),
    ("county/yuyang", "sudden_joint"),
]
# Stories of what goes on beside a case; the second ends before the archive.
BESIDE = [
    ("county/zhuji", "arbitration_comes_back", "closed"),
    ("county/guandu", "supervision_sheet", "mediate"),
]


@pytest.fixture
def walk(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path, shared_folder: Path
) -> Iterator[Callable[[str, Any], Walk]]:
    """Open a portal in which one district was seeded, and begin a story in it."""
    opened: list[Portal] = []

    def begin(pack: str, story: Any) -> Walk:
        def fill(url: str) -> None:
            portal = Portal.from_url(url, keys=KEYS)
            seed(portal, LIBRARY, verify=False, only=[pack])
            portal.database.dispose()

        name = f"walk-{pack.rpartition('/')[2]}.db"
        shutil.copy(filled_file(shared_folder, name, fill, sqlite_template), tmp_path / "walk.db")
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
        opened.append(portal)
        return Walk.of(create_app(settings, portal), portal, clock, LIBRARY, pack, story)

    yield begin
    for portal in opened:
        portal.database.dispose()


@pytest.mark.parametrize(("pack", "story"), STORIES, ids=[story for _, story in STORIES])
def test_each_finds_the_case_from_home_reads_what_was_written_and_acts_by_what_is_shown(
    walk: Callable[[str, str], Walk], pack: str, story: str
) -> None:
    walked = walk(pack, story)
    told = walked.go()
    assert walked.facts().stage == "archived"
    # The menu, with its list of all cases, is never needed.
    assert [one for one in told[1:] if one.found not in ("home", "list of home")] == []
    assert [one for one in told if one.unread] == []
    assert sum(len(one.read) for one in told) >= 4


@pytest.mark.parametrize(("pack", "story", "stage"), BESIDE, ids=[story for _, story, _ in BESIDE])
def test_what_goes_on_beside_a_case_is_found_from_home_too(
    walk: Callable[[str, str], Walk], pack: str, story: str, stage: str
) -> None:
    walked = walk(pack, story)
    told = walked.go()
    assert walked.facts().stage == stage
    assert [one for one in told[1:] if one.found not in ("home", "list of home")] == []


@pytest.mark.parametrize("district", list(DISTRICTS))
def test_returned_disputed_called_in_mediated_closed_and_filed_in_each_district(
    walk: Callable[[str, Any], Walk], district: str
) -> None:
    of = DISTRICTS[district]
    walked = walk(of.pack, {"today": DAY, "steps": course(of)})
    told = walked.go()
    assert walked.facts().stage == "archived"
    assert [one for one in told[1:] if one.found not in ("home", "list of home")] == []
    assert [one for one in told if one.unread] == []
    # Who comes after a return, a dispute, a decision, a call, an answer and the session reads what was written there.
    assert sum(len(one.read) for one in told) >= 15


def test_a_story_goes_through_the_portal_that_is_served(
    walk: Callable[[str, str], Walk], tmp_path: Path
) -> None:
    # A story that names no day to come: the clock of this portal is the real one.
    walked = walk("county/zhuji", "failed_to_arbitration")
    with service(f"sqlite:///{tmp_path / 'walk.db'}", tmp_path, workers=1) as served:
        walked.client = lambda: Served(served.address)
        walked.go()
    assert walked.facts().stage == "archived"
