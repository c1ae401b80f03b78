"""Open matters stay or move with a draft that is put in force, by a mapping of stages that was shown before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.errors import InvalidInput
from portal.persistence.models import AuditEntry, Record
from portal.persistence.models import Job as JobRow
from portal.services import drafts, records
from portal.services.drafts.checking import keep_findings, opened_for_check
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from tests.fixtures.database import TODAY
from tests.fixtures.drafting import SYSTEM, XISHAN, drafter
from tests.services.drafts.test_back_tests import draft_with
from tests.services.drafts.test_holding import registered

COURSE = "/lifecycles/case"
TALK = {"title": "约谈", "canonical": "mediate", "order": 25}


@pytest.fixture
def portal(seeded: Portal) -> Portal:
    return seeded


@pytest.fixture
def zhao(portal: Portal) -> Access:
    return drafter(portal, name="赵云飞")


def started(portal: Portal) -> str:
    uid = registered(portal)
    with portal.writing(SYSTEM) as uow:
        records.transition(uow, uid, "start", version=1)
        uow.commit()
    return uid


def submitted(portal: Portal) -> str:
    """Submit a draft in which another stage takes the place of mediation."""
    yang = drafter(portal)
    uid = draft_with(
        portal,
        yang,
        Change("add", f"{COURSE}/stages/talk", None, TALK),
        Change("replace", f"{COURSE}/stages/mediate/hidden", None, True),
        Change("replace", f"{COURSE}/transitions/start/to", "mediate", "talk"),
        Change("replace", f"{COURSE}/transitions/close/from", ["mediate"], ["talk"]),
        Change("replace", f"{COURSE}/transitions/watch/from", ["intake", "mediate"], ["intake", "talk"]),
    )
    with portal.writing(yang) as uow:
        keep_findings(uow, opened_for_check(uow.session, uid), [], {"count": 1, "failed": []})
        uow.commit()
    with portal.writing(yang) as uow:
        drafts.submit(uow, uid, "改为约谈")
        uow.commit()
    return uid


def approve(portal: Portal, who: Access, uid: str, **more: Any) -> None:
    with portal.writing(who) as uow:
        drafts.approve(uow, uid, "同意", **more)
        uow.commit()


def work(portal: Portal) -> list[dict[str, Any] | None]:
    found = []
    while (claim := queue.claim(portal, "w", ["move_open"])) is not None:
        assert run_claim(portal, JobRun(portal, claim))
        with portal.reading(SYSTEM) as session:
            found.append(session.get_one(JobRow, claim.id).result)
    return found


def standing(portal: Portal, *uids: str) -> list[tuple[str | None, int]]:
    with portal.reading(SYSTEM) as session:
        rows = {one.uid: (one.stage, one.release_id) for one in session.scalars(select(Record))}
    return [rows[uid] for uid in uids]


def test_each_stage_comes_to_that_of_the_mapping_and_what_has_no_counterpart_is_refused(
    portal: Portal, zhao: Access
) -> None:
    one, two = registered(portal), started(portal)
    (_, older), _ = standing(portal, one, two)
    uid = submitted(portal)
    with portal.reading(zhao) as session:
        lines = drafts.stage_lines(portal, session, uid)
        newer = drafts.draft_of(session, uid).release_id
    told = [(line.stage, line.count, line.same, line.proposed) for line in lines]
    assert told == [("intake", 1, True, "intake"), ("mediate", 1, False, "talk")]
    for mapped in ({}, {"case": {"mediate": "closed"}}, {"case": {"mediate": "mediate"}}):
        with pytest.raises(InvalidInput, match="Say to which stage"):
            approve(portal, zhao, uid, mapped=mapped)
    assert standing(portal, one, two) == [("intake", older), ("mediate", older)]
    approve(portal, zhao, uid, mapped={"case": {"mediate": "talk"}})
    assert work(portal) == [{"moved": 2, "left": 0}]
    assert standing(portal, one, two) == [("intake", newer), ("talk", newer)]
    with portal.reading(SYSTEM) as session:
        query = select(AuditEntry).where(AuditEntry.action == "adopt_release")
        assert [
            (entry.actor, entry.object_id) for entry in session.scalars(query.order_by(AuditEntry.id))
        ] == [
            ("－赵云飞", one),
            ("－赵云飞", two),
        ]


def test_they_stay_where_nobody_said_that_they_move(portal: Portal, zhao: Access) -> None:
    one = started(portal)
    before = standing(portal, one)
    approve(portal, zhao, submitted(portal))
    assert work(portal) == []
    assert standing(portal, one) == before


def test_they_move_when_its_time_has_come_and_not_where_it_was_taken_back(
    portal: Portal, zhao: Access
) -> None:
    one = started(portal)
    before = standing(portal, one)
    at = portal.clock.now() + dt.timedelta(days=1)
    approve(portal, zhao, submitted(portal), effective_at=at, mapped={"case": {"mediate": "talk"}})
    assert work(portal) == []
    later = portal.at(FixedClock.on(TODAY + dt.timedelta(days=2)))
    with later.writing(zhao) as uow:
        drafts.roll_back(uow, XISHAN, before[0][1], "暂缓")
        uow.commit()
    assert work(later) == [{"moved": 0, "left": 0}]
    assert standing(portal, one) == before
