"""After closing a revisit is owed until the matter is calm; what relapses is taken up again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.persistence.models import Clock
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.handing import MEDIATION, SYSTEM, answer, case, dispose, do, lists_with, now
from tests.services.test_clocks import shipped

__all__ = ["shipped"]
ANALYSED = {"grade": "ordinary", "findings": "双方对家事有争议", "conclusion": "mediate"}
EARLY = {
    "method": "withdrawn",
    "summary": "申请人撤回。",
    "party_words": "不再要求",
    "remedy_told": "可以起诉",
}
VISIT = {"visited_on": "2026-05-06", "way": "phone", "performance": "not_applicable"}
AGAIN = {"ground": "relapse", "found_by": "revisit", "note": "双方再起争执。"}


def step(portal: Portal, uid: str, name: str, **form: Any) -> None:
    version = now(portal, uid).version
    do(portal, records.transition, uid, name, version=version, form=form, reason="依法办理")


def revisits(portal: Portal, uid: str) -> list[str]:
    """Return the states of the periods for revisits."""
    with portal.reading(SYSTEM) as session:
        query = select(Clock.state).where(Clock.deadline == "T52", Clock.record_id == now(portal, uid).id)
        return sorted(session.scalars(query))


def running(portal: Portal, uid: str) -> set[str]:
    """Return the duties of centre and unit that run."""
    with portal.reading(SYSTEM) as session:
        query = select(Clock.deadline).where(
            Clock.record_id == now(portal, uid).id,
            Clock.state == "running",
            Clock.whose.in_(("centre", "handler")),
        )
        return set(session.scalars(query))


@pytest.fixture
def closed(shipped: Portal) -> tuple[Portal, str]:
    """A case of a family that was handed over and closed."""
    uid = case(shipped, dispute_type="D0101")
    step(shipped, uid, "accept")
    step(shipped, uid, "submit_analysis", **ANALYSED)
    dispose(shipped, uid, MEDIATION)
    step(shipped, uid, "close_early", **EARLY)
    return shipped, uid


def test_a_revisit_that_finds_no_calm_is_owed_again(closed: tuple[Portal, str]) -> None:
    portal, uid = closed
    assert running(portal, uid) == {"T52", "T53"}
    step(portal, uid, "revisit", **VISIT, calm="unsettled")
    assert running(portal, uid) == {"T52", "T53"}
    assert revisits(portal, uid) == ["in_time", "running"]
    step(portal, uid, "revisit", **VISIT, calm="calm")
    assert running(portal, uid) == {"T53"}
    assert "running" not in revisits(portal, uid)


def test_what_relapses_is_taken_up_again(closed: tuple[Portal, str]) -> None:
    portal, uid = closed
    step(portal, uid, "archive", archived_on="2026-05-06", complete="complete")
    assert running(portal, uid) == {"T52"}
    step(portal, uid, "reopen", **AGAIN)
    record = now(portal, uid)
    assert record.is_open
    assert record.canonical_stage == "mediate"
    assert "T52" not in running(portal, uid)
    handler = access_for(portal, "handler", "530112:people_mediation", user_id=2)
    assert "mine" in lists_with(portal, handler, uid)


def test_what_was_reported_waits_at_the_centre(shipped: Portal) -> None:
    uid = case(shipped, dispute_type="D0101")
    step(shipped, uid, "accept")
    step(shipped, uid, "submit_analysis", **ANALYSED)
    lead = dispose(shipped, uid, MEDIATION)
    director = access_for(shipped, "director", "530112", user_id=2)
    assert "to_conclude" not in lists_with(shipped, director, uid)
    answer(shipped, lead, "accept")
    done = {"process": "已经约见双方调解", "result": "双方已经和解", "outcome": "agreed"}
    do(shipped, records.referral, lead.uid, "done", reason="双方和解", form=done)
    assert "to_conclude" in lists_with(shipped, director, uid)
    dispose(shipped, uid, MEDIATION)
    assert "to_conclude" not in lists_with(shipped, director, uid)
