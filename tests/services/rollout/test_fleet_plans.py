"""A version planned for all centres at once: the same plans as one by one, told centre by centre, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden
from portal.persistence.models import AuditEntry, Job, Release, RolloutPlan, Unit
from portal.services import records, releases, rollout
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Policy, Portal
from portal.services.users.access import access_of
from tests.fixtures.database import KEYS, TODAY, access_for
from tests.fixtures.drafting import GUANDU, JINNING, KUNMING, SYSTEM, XISHAN, appointed, drafter
from tests.fixtures.rolling import (
    CITY,
    FRONT,
    LENGTH,
    bring,
    checked,
    city,
    decided,
    made,
    next_city,
    seeded_city,
)


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    seeded = seeded_city(replace(empty, policy=Policy(second_person=True)))
    yield seeded
    seeded.database.dispose()


@pytest.fixture
def chief(portal: Portal) -> Access:
    return appointed(portal, KUNMING)


def planned(portal: Portal, who: Access, version: str) -> dict[str, object]:
    """Have a version planned for all centres, and do it as the worker does."""
    with portal.writing(who) as uow:
        number = rollout.ask_fleet_plans(uow, KUNMING, CITY, version)
        uow.commit()
    claim = queue.claim(portal, "w", ["plan_fleet"])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))
    with portal.reading(SYSTEM) as session:
        return dict(session.get_one(Job, number).result or {})


def plans(portal: Portal) -> dict[str, RolloutPlan]:
    with portal.reading(SYSTEM) as session:
        query = select(Unit.code, RolloutPlan).join(Unit, Unit.id == RolloutPlan.unit_id)
        found = {code: plan for code, plan in session.execute(query.order_by(RolloutPlan.id))}  # noqa: C416
        session.expunge_all()
    return found


def states(portal: Portal) -> dict[str, str]:
    with portal.reading(SYSTEM) as session:
        found = rollout.plan_states(session, ("/",), CITY)[1]
        return {one.unit: one.state for one in found.centres}


def test_all_centres_have_the_plans_that_they_would_have_one_by_one(portal: Portal, chief: Access) -> None:
    clerk = access_for(portal, "clerk", GUANDU)
    for kind in ("D01", "D01", "D06"):
        with portal.writing(clerk) as uow:
            records.register(uow, "case", GUANDU, {"name": "张三", "dispute_type": kind})
            uow.commit()
    later = next_city() | {"seed/taxonomies/dispute.json": {"terms": {"D01": None, "D0101": None}}}
    version = bring(portal, later)
    result = planned(portal, chief, version)
    assert (result["plans"], result["groups"]) == ({"made": 3}, 3)
    found = plans(portal)
    assert sorted(found) == sorted([XISHAN, JINNING, GUANDU])
    for code, plan in found.items():
        one = drafter(portal, code)
        made(portal, one, code)
        alone = plans(portal)[code]
        assert (plan.counts, plan.impact, plan.bound) == (alone.counts, alone.impact, alone.bound)
    assert [(one["sort"], one["count"]) for one in found[GUANDU].impact] == [("class", 2)]
    account = access_of(portal, chief.user_id or 0).name
    assert {plan.made_by_name for plan in found.values()} == {account}
    with portal.reading(SYSTEM) as session:
        query = select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.kind == "rollout")
        entries = session.execute(query.order_by(AuditEntry.id).limit(4)).all()
    assert entries == [("ask_fleet_plans", chief.name), *[("plan_rollout", account)] * 3]


def test_each_centre_is_told_how_far_it_is(portal: Portal, chief: Access) -> None:
    version = bring(portal)
    assert set(states(portal).values()) == {"none"}
    planned(portal, chief, version)
    # The small packs are too small to pass a real check.
    assert states(portal) == {XISHAN: "mend", JINNING: "decide", GUANDU: "mend"}
    yang = drafter(portal, JINNING)
    decided(portal, yang, JINNING, (FRONT, "theirs"), (LENGTH, "ours"))
    with portal.writing(yang) as uow:
        uid = rollout.make_plan(uow, JINNING).uid
        uow.commit()
    assert states(portal)[JINNING] == "checking"
    checked(portal, uid)
    assert states(portal)[JINNING] == "ready"
    with portal.writing(yang) as uow:
        rollout.submit(uow, uid, "请批")
        uow.commit()
    assert states(portal)[JINNING] == "waits"
    # What waits for approval is left alone when all are planned again.
    assert planned(portal, chief, version)["plans"] == {"same": 2, "waiting": 1}
    with portal.writing(drafter(portal, JINNING, "李建国")) as uow:
        rollout.apply(uow, uid, "可以")
        uow.commit()
    assert states(portal)[JINNING] == "newest"
    newer = city("1.2.0")
    bring(portal, newer)
    assert states(portal)[XISHAN] == "none"


def test_a_plan_for_another_release_in_force_is_to_be_made_again(portal: Portal, chief: Access) -> None:
    bring(portal, city("1.0.5"))
    version = bring(portal)
    planned(portal, chief, version)
    with portal.writing(SYSTEM) as uow:
        between = uow.session.scalars(select(Release.id).where(Release.version == "1.0.5")).one()
        releases.put_in_force(uow, GUANDU, between, "先用这一版")
        uow.commit()
    assert states(portal)[GUANDU] == "again"
    assert planned(portal, chief, version)["plans"] == {"made": 1, "same": 2}
    assert states(portal)[GUANDU] == "mend"


def test_only_who_works_for_the_whole_city_plans_for_all(portal: Portal, chief: Access) -> None:
    version = bring(portal)
    with pytest.raises(Forbidden), portal.writing(drafter(portal, JINNING)) as uow:
        rollout.ask_fleet_plans(uow, KUNMING, CITY, version)
    planned(portal, chief, version)
    for code in (XISHAN, JINNING, GUANDU):
        who = drafter(portal, code)
        if code == JINNING:
            decided(portal, who, code, (FRONT, "theirs"), (LENGTH, "theirs"))
        uid = made(portal, who, code)
        with portal.writing(drafter(portal, code, "李建国")) as uow:
            rollout.apply(uow, uid, "可以")
            uow.commit()
    with pytest.raises(Conflict), portal.writing(chief) as uow:
        rollout.ask_fleet_plans(uow, KUNMING, CITY, version)
