"""The demo's scenes and old cases: made through the services, each state of work is there to be seen."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.access import Access
from portal.core.referrals import STATES
from portal.persistence.models import Paper, Record, RecordEvent, RecordSource, Referral, User
from portal.services import audit
from portal.services.demo import import_old_cases, make_accounts, play_scenes
from portal.services.figures import upkeep as figures
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from tests.web.records.seeded_site import Site

SYSTEM = Access.system("test")
ROWS = 120


@pytest.fixture(scope="module")
def portal(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal in which the scenes were played and old cases taken over."""
    folder = tmp_path_factory.mktemp("scenes")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    make_accounts(site.portal)
    played = play_scenes(site.portal, PackFiles([shipped_root()]))
    assert [(one.pack, one.id, one.failures) for one in played.stopped] == []
    assert played.played > 40
    assert import_old_cases(site.portal, "530114", ROWS) == ROWS
    yield site.portal
    site.close()


def of(portal: Portal, what: Any) -> set[Any]:
    with portal.reading(SYSTEM) as session:
        return set(session.scalars(what))


def test_every_stage_of_a_case_is_there(portal: Portal) -> None:
    stages = of(portal, select(Record.canonical_stage).where(Record.etype == "case"))
    assert stages >= {"intake", "analyse", "assign", "mediate", "adjudicate", "close", "archive"}
    assert of(portal, select(Record.etype)) >= {"case", "session", "sheet", "mediator"}


def test_units_have_taken_given_back_answered_and_not_answered_yet(portal: Portal) -> None:
    states = of(portal, select(Referral.status))
    assert states >= {"sent", "accepted", "returned", "done"}
    assert states <= set(STATES)
    assert of(portal, select(Referral.kind)) >= {"whistle", "dispute"}


def test_papers_of_each_step_are_there_and_some_are_handed_out(portal: Portal) -> None:
    assert of(portal, select(Paper.document)) >= {"W03", "W04", "W15", "W24", "W25"}


def test_everything_was_done_by_accounts_of_the_demo_on_days_that_are_over(portal: Portal) -> None:
    accounts = of(portal, select(User.id))
    by = of(portal, select(RecordEvent.by_id).where(RecordEvent.by_id.is_not(None)))
    assert len(by) > 10
    assert by <= accounts
    assert max(of(portal, select(RecordEvent.at))) <= portal.clock.now() + dt.timedelta(days=1)


def test_what_came_from_another_system_says_so(portal: Portal) -> None:
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(RecordSource)) == ROWS


def test_counts_reach_and_the_log_are_in_order(portal: Portal) -> None:
    assert figures.check(portal.database) == []
    assert reach.check(portal.database) == []
    assert audit.verify(portal).clean
