"""After closing a revisit is owed until the matter is calm; what relapses is taken up again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.persistence.models import Clock
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.handing import (
    DATA,
    MEDIATION,
    SYSTEM,
    answer,
    case,
    dispose,
    do,
    explain_rest,
    lists_with,
    now,
)
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
RELAPSED = {"relapse": True, "measures": "重新组织调解"}
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
    explain_rest(portal, uid)
    step(portal, uid, "archive", archived_on="2026-05-06")
    assert running(portal, uid) == {"T52"}
    step(portal, uid, "revisit_archived", **VISIT, **RELAPSED)
    step(portal, uid, "reopen", **AGAIN)
    record = now(portal, uid)
    assert record.is_open
    assert record.canonical_stage == "mediate"
    assert "T52" not in running(portal, uid)
    handler = access_for(portal, "handler", "530112:people_mediation", user_id=2)
    assert "mine" in lists_with(portal, handler, uid)


def causes(portal: Portal, uid: str) -> list[tuple[str, str]]:
    """Return the steps that follow from an earlier one, each with that one's name, the latest first."""
    with portal.reading(SYSTEM) as session:
        events = records.history(portal, session, now(portal, uid))
    names = {one.id: one.name for one in events}
    found = [(one.name, (one.data or {}).get("because")) for one in events]
    return [(name, names[because["event"]]) for name, because in found if because]


def test_a_reopening_leads_to_the_revisit_that_found_it(closed: tuple[Portal, str]) -> None:
    portal, uid = closed
    with pytest.raises(InvalidInput) as refused:
        step(portal, uid, "reopen", **AGAIN)
    assert [one.pointer for one in refused.value.problems] == ["/form/found_by"]
    assert not now(portal, uid).is_open
    for more in ({"calm": "unsettled"}, RELAPSED):
        step(portal, uid, "revisit", **VISIT, **more)
    step(portal, uid, "reopen", **AGAIN)
    assert causes(portal, uid) == [("reopen", "revisit")]


def test_a_reopening_leads_to_the_objection_that_brought_it(closed: tuple[Portal, str]) -> None:
    portal, uid = closed
    objection = AGAIN | {"ground": "objection", "found_by": "objection"}
    with pytest.raises(InvalidInput):
        step(portal, uid, "reopen", **objection)
    step(portal, uid, "object", subject="closing", by="applicant", grounds="没有告知其他途径")
    with pytest.raises(Forbidden):
        step(portal, uid, "reopen", **objection)
    step(portal, uid, "withdraw_objection")
    step(portal, uid, "reopen", **objection)
    assert causes(portal, uid) == [("reopen", "object")]


def test_a_reopening_is_linked_with_the_visit_or_the_matter_that_found_it(closed: tuple[Portal, str]) -> None:
    portal, uid = closed
    other = case(portal, dispute_type="D0101")
    for lacking in (
        {"found_by": "visit"},
        {"found_by": "report"},
        {"found_by": "report", "found_case": "0" * 32},
    ):
        with pytest.raises(InvalidInput):
            step(portal, uid, "reopen", **AGAIN | lacking)
    step(portal, uid, "reopen", **AGAIN | {"found_by": "report", "found_case": other})
    with portal.reading(SYSTEM) as session:
        (link,) = records.links_of(session, records.get_any(session, uid))
        (back,) = records.links_of(session, records.get_any(session, other))
    assert (link.words, link.other.uid) == ("Taken up again because of", other)
    assert (back.words, back.other.uid) == ("Led to taking up again", uid)


@pytest.mark.parametrize("archived", [False, True])
def test_a_revisit_that_finds_a_relapse_takes_the_matter_up_again_in_one_act(
    closed: tuple[Portal, str], archived: bool
) -> None:
    portal, uid = closed
    if archived:
        explain_rest(portal, uid)
        step(portal, uid, "archive", archived_on="2026-05-06")
    with pytest.raises(Forbidden):
        step(portal, uid, "revisit_relapsed", **VISIT, calm="calm")
    step(portal, uid, "revisit_relapsed", **VISIT, **RELAPSED)
    record = now(portal, uid)
    assert (record.is_open, record.canonical_stage) == (True, "mediate")
    assert "T52" not in running(portal, uid)
    with pytest.raises(Conflict):
        step(portal, uid, "revisit_relapsed", **VISIT, **RELAPSED)


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


@pytest.mark.parametrize("before", ["found", "repeat"])
def test_a_matter_is_taken_up_again_because_of_one_that_it_is_linked_with_already(
    closed: tuple[Portal, str], before: str
) -> None:
    portal, uid = closed
    other = case(portal, dispute_type="D0101")
    found = AGAIN | {"found_by": "report", "found_case": other}
    if before == "found":
        step(portal, uid, "reopen", **found)
    else:
        uid = do(
            portal, records.register, "case", "530112", DATA | {"place": "530112"}, links={other: before}
        ).record.uid
        step(portal, uid, "accept")
        step(portal, uid, "submit_analysis", **ANALYSED)
        dispose(portal, uid, MEDIATION)
    step(portal, uid, "close_early", **EARLY)
    step(portal, uid, "reopen", **found)
    assert now(portal, uid).is_open
    with portal.reading(SYSTEM) as session:
        links = records.links_of(session, records.get_any(session, uid))
    assert [(one.kind, one.other and one.other.uid) for one in links] == [(before, other)]


@pytest.mark.parametrize(
    ("dispute_type", "outcome", "length", "day"),
    [
        ("D0101", "", "grievance", dt.date(2026, 5, 13)),
        ("D0301", "agreed", "agreement", dt.date(2026, 5, 21)),
        ("D0301", "failed", "other", dt.date(2026, 6, 5)),
    ],
)
def test_when_a_revisit_is_owed_goes_by_class_and_outcome(
    shipped: Portal, dispute_type: str, outcome: str, length: str, day: dt.date
) -> None:
    uid = case(shipped, dispute_type=dispute_type)
    step(shipped, uid, "accept")
    step(shipped, uid, "submit_analysis", **ANALYSED)
    lead = dispose(shipped, uid, MEDIATION)
    if outcome:
        answer(shipped, lead, "accept")
        done = {"process": "已经约见双方调解", "result": "已经办理", "outcome": outcome}
        do(shipped, records.referral, lead.uid, "done", reason="已经办理", form=done)
    step(shipped, uid, "close_early", **EARLY)
    with shipped.reading(SYSTEM) as session:
        query = select(Clock).where(Clock.deadline == "T52", Clock.record_id == now(shipped, uid).id)
        (clock,) = session.scalars(query)
    assert (clock.variant, clock.due_on) == (length, day)


def test_of_a_family_a_revisit_is_owed_until_it_is_calm(closed: tuple[Portal, str]) -> None:
    portal, uid = closed
    for _ in range(3):
        step(portal, uid, "revisit", **VISIT)
        assert "T52" in running(portal, uid)
    step(portal, uid, "revisit", **VISIT, calm="calm")
    assert "T52" not in running(portal, uid)


def test_what_was_registered_above_waits_to_be_archived_where_it_is_handled(shipped: Portal) -> None:
    uid = case(shipped, "530100", place="530112", dispute_type="D0301")
    step(shipped, uid, "accept")
    step(shipped, uid, "submit_analysis", **ANALYSED)
    dispose(shipped, uid, records.Override({"tier": "down"}, "R01"))
    step(shipped, uid, "close_early", **EARLY)
    for unit, waits in (("530112", True), ("530115", False)):
        archivist = access_for(shipped, "archivist", unit, user_id=2)
        assert ("to_archive" in lists_with(shipped, archivist, uid)) is waits
