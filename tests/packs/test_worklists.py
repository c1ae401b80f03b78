"""The shipped worklists are answered wholly by the database, and home shows what they say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from portal.adapters.clock import FixedClock
from portal.persistence.condition_sql import ask, certain
from portal.services import records
from portal.services.portal import Portal
from portal.services.records.finding.searching import own_bundle
from portal.services.records.handling import waiting
from portal.services.records.handling.waiting_columns import columns_of
from tests.fixtures.database import BOTH, PostgresqlServer, access_for
from tests.web.records.seeded_site import KEYS, TODAY

XISHAN, DEPARTMENT = "530112", "530112:people_mediation"
PEOPLE = [
    ("triage", XISHAN),
    ("director", XISHAN),
    ("handler", DEPARTMENT),
    ("mediator", XISHAN),
    ("clerk", XISHAN),
]


@pytest.fixture(scope="module", params=BOTH)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The shipped packs with records, referrals and people; only read here."""
    if request.param == "sqlite":
        target = tmp_path_factory.mktemp("town") / "town.db"
        shutil.copy(request.getfixturevalue("town_sqlite"), target)
        url = f"sqlite:///{target}"
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.copy(request.getfixturevalue("town_postgresql"))
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    yield portal
    portal.database.dispose()


def test_every_shipped_worklist_is_answered_by_the_database(town: Portal) -> None:
    seen = set()
    for role, unit in PEOPLE:
        with town.reading(access_for(town, role, unit, user_id=7)) as session:
            mine = waiting.worklists_of(town, session)
            badges = waiting.badges(town, session, mine)
            for one in mine:
                shown = waiting.rows(town, session, one, size=200)
                assert badges[one.id].number == len(shown.rows), one.id
                seen.update({one.id} if shown.rows else set())
    assert {"to_dispose", "to_answer"} <= seen


def test_no_shipped_worklist_leaves_anything_to_python(town: Portal) -> None:
    with town.reading(access_for(town, "clerk", XISHAN)) as session:
        bundle = own_bundle(town, session)
        for one in bundle.worklists.values():
            if one.of in waiting.SOURCES:
                columns = columns_of(bundle, one)
                env = waiting.env_of(town, bundle, "7", XISHAN, session, ["clerk"])
                assert certain(ask(one.where, columns, env), columns), one.id


@pytest.mark.parametrize(("role", "unit"), PEOPLE)
def test_home_shows_what_the_shipped_worklists_say(town: Portal, role: str, unit: str) -> None:
    with town.reading(access_for(town, role, unit, user_id=7)) as session:
        home = records.worklist(town, session, limit=500)
        mine = {one.id: one for one in waiting.worklists_of(town, session)}

        def ids(*names: str) -> set[int]:
            shown: list[Any] = []
            for name in names:
                shown += waiting.rows(town, session, mine[name], size=500).rows
            return {(one.referral or one.record).id for one in shown}

        if "to_dispose" in mine:
            assert {record.id for record in home.to_dispose} == ids("to_dispose")
        if "to_answer" in mine:
            assert {referral.id for referral in home.to_answer} == ids("to_answer")
        if {"due_soon", "overdue"} <= set(mine):
            assert {record.id for record in home.due} == ids("due_soon", "overdue")
