"""After an agreement or without one: confirmation by a court, bodies outside, and the days that come back with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.persistence.models import Record
from portal.services import records
from portal.services.portal import Portal
from portal.services.records.handling.waiting import rows, worklists_of
from tests.services.handing import MEDIATION, answer, case, dispose, do, later, now
from tests.services.test_sheets import account_of
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
SYSTEM = Access.system("test")
HERE = "530112"
AGREED = {
    "held_on": "2026-05-06",
    "mediators": ["王"],
    "rights_told": True,
    "parties_agree": True,
    "outcome": "agreed",
    "agreement_form": "written",
    "agreement_on": "2026-05-06",
    "agreement": "十日内修复并赔偿。",
}
HANDED = {
    "route": "R02",
    "organ": "劳动人事争议仲裁委员会",
    "basis": "劳动争议调解仲裁法第五条",
    "period_told": True,
    "period_note": "仲裁时效一年。",
    "sent_on": "2026-05-06",
}
RECEIPT = {"received_on": "2026-05-07", "accepted": "yes", "accepted_on": "2026-05-11", "number": "118"}
RESULT = {
    "result": "decided",
    "decided_on": "2026-06-22",
    "received_on": "2026-06-24",
    "summary": "裁决支付。",
}
ANALYSED = {"grade": "ordinary", "findings": "双方对责任有争议", "conclusion": "mediate"}
REQUEST = {"jointly": True, "court": "西山区人民法院", "requested_on": "2026-05-20", "papers": ["agreement"]}


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def step(portal: Portal, uid: str, name: str, **form: Any) -> None:
    do(portal, records.transition, uid, name, version=now(portal, uid).version, form=form)


def mediated(portal: Portal) -> str:
    uid = case(portal)
    step(portal, uid, "accept")
    step(portal, uid, "submit_analysis", **ANALYSED)
    answer(portal, dispose(portal, uid, MEDIATION), "accept")
    return uid


def clocks(portal: Portal, uid: str) -> dict[str, tuple[str, dt.date | None]]:
    with portal.reading(SYSTEM) as session:
        found = records.clocks_of(portal, session, records.get_any(session, uid))
        return {one.clock.deadline: (one.state.state, one.state.due_on) for one in found}


def lists_with(portal: Portal, role: str, uid: str) -> set[str]:
    names = {"outside_waiting", "outside_back", "confirmation_waiting", "to_confirm"}
    with portal.reading(account_of(portal, role, HERE)) as session:
        return {
            one.id
            for one in worklists_of(portal, session)
            if one.id in names
            for row in rows(portal, session, one, size=500).rows
            if row.record.uid == uid
        }


def test_an_arbitration_comes_back_with_its_days(portal: Portal) -> None:
    uid = mediated(portal)
    step(portal, uid, "hand_out", **HANDED)
    assert now(portal, uid).lanes == {"outside": "open"}
    assert lists_with(portal, "triage", uid) == {"outside_waiting"}
    with later(portal, days=60):
        step(portal, uid, "outside_receipt", **RECEIPT)
        assert clocks(portal, uid)["T17"][1] == dt.date(2026, 6, 25)
        step(portal, uid, "outside_result", **RESULT, next="back")
        ran = clocks(portal, uid)
        assert ran["T17"][0] == "in_time"
        assert ran["T18"][1] == dt.date(2026, 7, 9), (
            "the party's own fifteen days from the receipt of the award"
        )
    found: Record = now(portal, uid)
    assert (found.lanes, found.data["outside_next"]) == ({"outside": "closed"}, "back")
    assert lists_with(portal, "triage", uid) == set(), "a unit still has it: it is not waiting for the centre"


def test_what_waits_outside_is_not_closed_and_what_came_back_waits_for_the_centre(portal: Portal) -> None:
    uid = mediated(portal)
    with portal.reading(SYSTEM) as session:
        lead = records.referrals_of(session, records.get_any(session, uid))[0].uid
    process = {"process": "组织调解一次。", "result": "未达成协议。"}
    do(portal, records.referral, lead, "done", form=process)
    step(portal, uid, "hand_out", **HANDED)
    with pytest.raises(Forbidden):
        step(
            portal,
            uid,
            "close_early",
            method="withdrawn",
            summary="当事人撤回申请。",
            party_words="同意",
            remedy_told="可以申请仲裁",
        )
    with later(portal, days=60):
        step(portal, uid, "outside_result", **RESULT, next="close", outcome="transferred")
        with pytest.raises(Conflict):
            step(portal, uid, "outside_result", **RESULT, next="back")
    assert lists_with(portal, "triage", uid) == {"outside_back"}


def test_a_confirmation_is_asked_for_filed_and_decided_with_its_days(portal: Portal) -> None:
    uid = mediated(portal)
    with pytest.raises(Forbidden):
        step(portal, uid, "request_confirmation", **(REQUEST | {"requested_on": "2026-05-06"}))
    step(portal, uid, "record_result", **AGREED)
    assert clocks(portal, uid)["T09"] == ("running", dt.date(2026, 6, 5))
    assert lists_with(portal, "clerk", uid) == {"to_confirm"}
    with later(portal, days=45):
        step(portal, uid, "request_confirmation", **REQUEST)
        assert clocks(portal, uid)["T09"][0] == "in_time"
        assert lists_with(portal, "clerk", uid) == {"confirmation_waiting"}
        step(portal, uid, "confirmation_filed", filed_on="2026-05-25")
        assert clocks(portal, uid)["T10"][1] == dt.date(2026, 6, 24)
        step(
            portal, uid, "confirmation_result", result="confirmed", decided_on="2026-06-12", number="民特12号"
        )
        assert clocks(portal, uid)["T10"][0] == "in_time"
    assert lists_with(portal, "clerk", uid) == set()


@pytest.mark.parametrize(
    ("name", "wrong", "where"),
    [
        ("request_confirmation", {"jointly": False}, "/form/jointly"),
        ("request_confirmation", {"papers": []}, "/form/papers"),
        ("request_confirmation", {"requested_on": "2027-01-01"}, "/form/requested_on"),
    ],
)
def test_a_request_of_one_party_without_papers_or_of_tomorrow_is_refused(
    portal: Portal, name: str, wrong: dict[str, Any], where: str
) -> None:
    uid = mediated(portal)
    step(portal, uid, "record_result", **AGREED)
    with pytest.raises(InvalidInput) as refused:
        step(portal, uid, name, **(REQUEST | {"requested_on": "2026-05-06"} | wrong))
    assert where in [one.pointer for one in refused.value.problems]


def test_what_is_looked_at_says_why_not_and_refuses_nothing(portal: Portal) -> None:
    uid = mediated(portal)
    step(portal, uid, "record_result", **(AGREED | {"agreement_form": "oral"}))

    def looked() -> dict[str, bool]:
        with portal.reading(SYSTEM) as session:
            record = records.get_any(session, uid)
            offered = records.available(portal, session, record)
            asked = next(one.transition for one in offered if one.transition.id == "request_confirmation")
            return {one.looked.id: one.holds for one in records.looked_before(portal, session, record, asked)}

    assert looked() == {
        "agreed": True,
        "in_time": True,
        "written": False,
        "no_status": True,
        "no_title": True,
    }
    with later(portal, days=40):
        assert looked()["in_time"] is False
        step(portal, uid, "request_confirmation", **REQUEST)
        assert now(portal, uid).lanes["confirmation"] == "open", "the parties and the court decide"
