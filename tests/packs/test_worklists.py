"""The shipped worklists are answered wholly by the database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from portal.adapters.clock import FixedClock
from portal.core.lifecycle import compile_lifecycle
from portal.persistence.condition_sql import ask, certain
from portal.services.portal import Portal
from portal.services.records.finding.searching import own_bundle
from portal.services.records.handling import waiting
from portal.services.records.handling.waiting_columns import columns_of
from portal.services.records.handling.waiting_statements import SOURCES
from portal.services.units.tree import UnitTree
from tests.fixtures.database import BOTH, PostgresqlServer, access_for
from tests.packs.conftest import PACKS
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
            if one.of in SOURCES:
                columns = columns_of(bundle, one)
                env = waiting.env_of(town, bundle, "7", XISHAN, UnitTree(session), ["clerk"])
                assert certain(ask(one.where, columns, env), columns), one.id


@pytest.mark.parametrize("pack", PACKS)
def test_a_correction_waits_for_the_roles_that_may_decide_it(shipped: Any, pack: str) -> None:
    bundle = shipped.bundle(pack)
    deciding = {
        one["entity"]: set(one["roles"])
        for key, one in bundle["worklists"].items()
        if key.startswith("corrections")
    }
    locking = {
        entity: set(cycle.correctors)
        for entity, cycle in (
            (one["entity"], compile_lifecycle(one)) for one in bundle["lifecycles"].values()
        )
        if any(cycle.locks(stage.id) for stage in cycle.stages)
    }
    # Parts without stages of their own are locked with their whole.
    parts = {
        key: locking[form["entity"]["parent"]]
        for key, form in bundle["forms"].items()
        if form.get("entity", {}).get("parent") in locking and key not in locking
    }
    assert parts
    assert deciding == locking | parts


@pytest.mark.parametrize("pack", PACKS)
def test_who_may_be_given_a_task_has_a_list_of_tasks(shipped: Any, pack: str) -> None:
    """A task goes to anybody who takes steps with the matter: whoever that is finds it on their first page."""
    bundle = shipped.bundle(pack)
    listed = {
        (one["entity"], role)
        for one in bundle["worklists"].values()
        if one["of"] == "task" and not one.get("hidden")
        for role in one["roles"]
    }
    taking = {
        (etype, role)
        for etype in {etype for etype, _ in listed}
        for role, told in bundle["roles"].items()
        if "transition" in told.get("grants", {}).get(etype, ())
    }
    assert len(taking) >= 10
    assert taking <= listed, taking - listed
