"""A plan is tried as a draft that nobody changes: what is tried is what would take effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.adapters.clock import FixedClock
from portal.core.drafts import Change
from portal.core.errors import Conflict, NotFound
from portal.persistence.models import Draft
from portal.services import drafts, records, rollout
from portal.services.drafts.finding import TRIAL
from portal.services.drafts.loading import assets_of, loaded
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Policy, Portal
from portal.services.sandboxes import ask_sandbox
from tests.fixtures.database import KEYS, TODAY, access_for
from tests.fixtures.drafting import GUANDU, JINNING, SYSTEM, drafter
from tests.fixtures.rolling import FRONT, LENGTH, bring, decided, made, seeded_city


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    seeded = seeded_city(replace(empty, policy=Policy(second_person=True)))
    bring(seeded)
    yield seeded
    seeded.database.dispose()


def tried(portal: Portal, unit: str, plan: str) -> str:
    with portal.writing(drafter(portal, unit)) as uow:
        uid = rollout.try_plan(uow, plan).uid
        uow.commit()
    return uid


@pytest.mark.parametrize("unit", [JINNING, GUANDU])
def test_what_is_tried_is_what_takes_effect(portal: Portal, unit: str) -> None:
    yang = drafter(portal, unit)
    if unit == JINNING:
        decided(portal, yang, JINNING, (FRONT, "theirs"), (LENGTH, "ours"))
    plan = made(portal, yang, unit)
    uid = tried(portal, unit, plan)
    with portal.reading(SYSTEM) as session:
        row = drafts.draft_of(session, uid)
        tried_as = loaded(session, row).resolved(assets_of(session, uid))
        whole = rollout.opened_plan(session, plan).resolved
        assert row.state == TRIAL
        assert tried_as.bundle | {"units": None} == whole.bundle | {"units": None}
        assert tried_as.bundle["layout"]["zones"]["hall"]["title"] == "群众接待大厅"
        # It is no draft that somebody works on.
        assert uid not in {one.uid for one in drafts.drafts_at(session, row.unit_id, ended=True)}
    assert tried(portal, unit, plan) == uid


def test_a_trial_is_never_changed_nor_put_in_force(portal: Portal) -> None:
    plan = made(portal, drafter(portal, GUANDU), GUANDU)
    uid = tried(portal, GUANDU, plan)
    wang = drafter(portal, GUANDU, "王")
    for act in (
        lambda uow: drafts.change(uow, uid, [Change("replace", FRONT, "群众接待大厅", "大厅")]),
        lambda uow: drafts.submit(uow, uid, "请批"),
        lambda uow: drafts.approve(uow, uid, "可以"),
        lambda uow: drafts.discard(uow, uid),
    ):
        with pytest.raises(Conflict), portal.writing(wang) as uow:
            act(uow)


def test_another_decision_is_another_trial_and_an_open_one_none(portal: Portal) -> None:
    yang = drafter(portal, JINNING)
    decided(portal, yang, JINNING, (FRONT, "theirs"), (LENGTH, "ours"))
    first = tried(portal, JINNING, made(portal, yang, JINNING))
    decided(portal, yang, JINNING, (LENGTH, "theirs"))
    assert tried(portal, JINNING, made(portal, yang, JINNING)) != first
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).where(Draft.state == TRIAL)) == 2


def test_only_who_works_on_the_configuration_tries(portal: Portal) -> None:
    plan = made(portal, drafter(portal, GUANDU), GUANDU)
    with pytest.raises(NotFound), portal.writing(access_for(portal, "clerk", GUANDU)) as uow:
        rollout.try_plan(uow, plan)


def test_a_sandbox_and_past_matters_are_asked_for_as_of_a_draft(portal: Portal) -> None:
    act = access_for(portal, "clerk", GUANDU)
    with portal.writing(act) as uow:
        records.register(uow, "case", GUANDU, {"name": "张三"})
        uow.commit()
    uid = tried(portal, GUANDU, made(portal, drafter(portal, GUANDU), GUANDU))
    with portal.writing(drafter(portal, GUANDU)) as uow:
        ask_sandbox(uow, uid)
        test = drafts.ask_back_test(uow, uid, last=100).id
        uow.commit()
    claim = queue.claim(portal, "w", ["back_test"])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))
    with portal.reading(SYSTEM) as session:
        found = next(one for one in drafts.back_tests(session, uid) if one.id == test)
        assert found.result is not None
        assert found.result["matters"] == 1
