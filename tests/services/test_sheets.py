"""Sheets to units: issued, received, answered, sent back for a better answer, settled; each act by its own side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from portal.core.access import Access, grants_of
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.persistence.models import Record, Referral
from portal.services import records, releases, units
from portal.services.portal import Portal
from portal.services.records.handling.waiting import rows, worklists_of
from tests.services.handing import later
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
SYSTEM = Access.system("test")
HERE, UNIT = "530112", "530112:justice"
SHEET = {
    "kind": "supervise",
    "problem": "not_accepted",
    "unit": UNIT,
    "matter": "九人拖欠劳动报酬",
    "requirement": "三日内签收\n五日内答复",
    "due_on": "2026-05-20",
}
ANSWER = {"result": "已受理，由承办人核查。"}
SETTLED = {"result": "已按要求办理完毕。", "conclusion": "done"}


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def account_of(portal: Portal, role: str, code: str) -> Access:
    """Return the access of somebody who has a role at a unit."""
    with portal.reading(SYSTEM) as session:
        unit = units.by_code(session, code)
        definition = releases.for_unit(portal, session, unit).roles[role]
    number = sum(map(ord, role + code))
    return Access(number, role, grants_of(role, unit.path, definition), memberships=((role, unit.path),))


def do(portal: Portal, who: Access, what: Any, *args: Any, **more: Any) -> Any:
    with portal.writing(who) as uow:
        answer = what(uow, *args, **more)
        uow.commit()
    return answer


def now(portal: Portal, uid: str) -> Record:
    with portal.reading(SYSTEM) as session:
        return records.get_any(session, uid)


def sheet(portal: Portal, who: Access, at: str = HERE, **data: Any) -> str:
    uid: str = do(portal, who, records.register, "sheet", at, SHEET | data).record.uid
    return uid


def step(portal: Portal, who: Access, uid: str, name: str, **more: Any) -> None:
    do(portal, who, records.transition, uid, name, version=now(portal, uid).version, **more)


def asked(portal: Portal, uid: str) -> Referral:
    with portal.reading(SYSTEM) as session:
        return records.referrals_of(session, records.get_any(session, uid))[0]


def answer(portal: Portal, who: Access, uid: str, action: str, **more: Any) -> None:
    do(portal, who, records.referral, asked(portal, uid).uid, action, **more)


def steps(portal: Portal, who: Access, uid: str) -> set[str]:
    with portal.reading(who) as session:
        found = records.available(portal, session, records.get_any(session, uid))
        return {one.transition.id for one in found if one.allowed}


@pytest.fixture(scope="module")
def inspector(portal: Portal) -> Access:
    return account_of(portal, "inspector", HERE)


@pytest.fixture(scope="module")
def handler(portal: Portal) -> Access:
    return account_of(portal, "handler", UNIT)


def test_a_sheet_is_issued_received_answered_asked_again_and_settled(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    step(portal, inspector, uid, "issue")
    assert (now(portal, uid).stage, asked(portal, uid).due_on) == ("sent", dt.date(2026, 5, 20))
    answer(portal, handler, uid, "accept")
    assert now(portal, uid).stage == "received"
    answer(portal, handler, uid, "done", form=ANSWER)
    step(portal, inspector, uid, "ask_again", form={"wanted": "没有写承办人", "due_on": "2026-05-22"})
    assert (now(portal, uid).stage, asked(portal, uid).due_on) == ("sent", dt.date(2026, 5, 22))
    answer(portal, handler, uid, "accept")
    answer(portal, handler, uid, "done", form=ANSWER)
    step(portal, inspector, uid, "approve", form=SETTLED)
    settled = now(portal, uid)
    assert (settled.stage, settled.is_open) == ("closed", False)
    with portal.reading(handler) as session:
        assert records.get_any(session, uid).uid == uid, "the unit keeps its sheet"


def test_each_kind_has_numbers_of_its_own(portal: Portal, inspector: Access) -> None:
    kinds = {"supervise": "督", "assign": "转", "task": "任", "remind": "提"}
    codes = {kind: str(now(portal, sheet(portal, inspector, kind=kind)).code) for kind in kinds}
    for kind, word in kinds.items():
        assert codes[kind].startswith(f"西综{word}〔2026〕"), codes
    later = str(now(portal, sheet(portal, inspector, kind="remind")).code)
    assert int(later[-5:]) == int(codes["remind"][-5:]) + 1


def test_the_unit_that_is_asked_neither_issues_nor_settles_and_the_issuer_does_not_answer_as_it(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    with pytest.raises(NotFound):
        step(portal, handler, uid, "issue")
    step(portal, inspector, uid, "issue")
    assert steps(portal, handler, uid) == {"sign_for", "hand_back"}
    assert "sign_for" not in steps(portal, inspector, uid)
    answer(portal, handler, uid, "accept")
    answer(portal, handler, uid, "done", form=ANSWER)
    with pytest.raises(Forbidden):
        step(portal, handler, uid, "approve", form=SETTLED)


def test_a_director_below_answers_and_does_not_settle_what_is_sent_to_it(
    portal: Portal, inspector: Access
) -> None:
    street = "530112001"
    director = account_of(portal, "director", street)
    uid = sheet(portal, inspector, HERE, unit=street)
    step(portal, inspector, uid, "issue")
    answer(portal, director, uid, "accept")
    assert steps(portal, director, uid) == {"answer", "hand_back"}
    answer(portal, director, uid, "done", form=ANSWER)
    with pytest.raises(Forbidden):
        step(portal, director, uid, "approve", form=SETTLED)
    above = account_of(portal, "director", HERE)
    step(portal, above, uid, "approve", form=SETTLED)


@pytest.mark.parametrize("unit", [HERE, "530100", "530115", "530115:justice", "no-such-unit"])
def test_a_sheet_goes_to_units_below_alone(portal: Portal, inspector: Access, unit: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sheet(portal, inspector, HERE, unit=unit)
    assert [one.pointer for one in refused.value.problems] == ["/unit"]


def test_a_committee_issues_within_its_subtree_and_nowhere_else(portal: Portal) -> None:
    supervisor = account_of(portal, "supervisor", HERE)
    assert now(portal, sheet(portal, supervisor)).stage == "draft"
    with pytest.raises(Forbidden):
        sheet(portal, supervisor, "530115", unit="530115:justice")
    with pytest.raises(Forbidden):
        sheet(portal, account_of(portal, "handler", UNIT))


def test_what_was_issued_is_not_changed_but_by_a_correction(portal: Portal, inspector: Access) -> None:
    uid = sheet(portal, inspector)
    do(portal, inspector, records.change, uid, SHEET | {"matter": "改过的事项"}, now(portal, uid).version)
    step(portal, inspector, uid, "issue")
    with pytest.raises(Conflict):
        do(portal, inspector, records.change, uid, SHEET, now(portal, uid).version)


def test_a_sheet_that_is_handed_back_goes_to_another_unit_or_is_withdrawn(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    step(portal, inspector, uid, "issue")
    answer(portal, handler, uid, "return", reason="不属本单位职责，应由人社局办理")
    returned = now(portal, uid)
    assert (returned.stage, returned.handler_unit_id) == ("returned", None)
    with pytest.raises(NotFound), portal.reading(handler) as session:
        records.get_any(session, uid)
    do(portal, inspector, records.change, uid, SHEET | {"unit": "530112:labour"}, returned.version)
    step(portal, inspector, uid, "issue")
    assert now(portal, uid).stage == "sent"
    step(portal, inspector, uid, "withdraw", form=SETTLED | {"conclusion": "withdrawn"})
    void = now(portal, uid)
    assert (void.stage, bool(void.code)) == ("void", True), "its number is kept"


def test_of_two_who_settle_at_the_same_moment_the_second_is_refused(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    step(portal, inspector, uid, "issue")
    answer(portal, handler, uid, "accept")
    answer(portal, handler, uid, "done", form=ANSWER)
    seen = now(portal, uid).version
    do(portal, inspector, records.transition, uid, "approve", version=seen, form=SETTLED)
    with pytest.raises(Conflict):
        do(portal, inspector, records.transition, uid, "approve", version=seen, form=SETTLED)


def test_co_ordination_is_asked_for_once_the_day_has_passed_and_not_before(
    portal: Portal, inspector: Access
) -> None:
    uid = sheet(portal, inspector)
    step(portal, inspector, uid, "issue")
    assert "escalate" not in steps(portal, inspector, uid)
    with later(portal, days=21):
        assert "escalate" in steps(portal, inspector, uid)
        step(portal, inspector, uid, "escalate", reason="逾期仍未答复")
        assert now(portal, uid).lanes == {"escalated": "open"}
        with portal.reading(SYSTEM) as session:
            told = {one.name for one in records.history(portal, session, records.get_any(session, uid))}
        assert {"escalate", "notify"} <= told


def lists_with(portal: Portal, who: Access, uid: str) -> set[str]:
    with portal.reading(who) as session:
        return {
            one.id
            for one in worklists_of(portal, session)
            if one.entity == "sheet"
            for row in rows(portal, session, one, size=500).rows
            if row.record.uid == uid
        }


def test_each_side_finds_the_sheet_in_the_list_that_says_what_to_do(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    assert lists_with(portal, inspector, uid) == {"sheets_to_issue"}
    step(portal, inspector, uid, "issue")
    assert lists_with(portal, inspector, uid) == {"sheets_out"}
    assert lists_with(portal, handler, uid) == {"sheets_to_sign"}
    answer(portal, handler, uid, "accept")
    assert lists_with(portal, handler, uid) == {"sheets_to_answer"}
    answer(portal, handler, uid, "done", form=ANSWER)
    assert lists_with(portal, handler, uid) == set()
    assert lists_with(portal, inspector, uid) == {"sheets_to_review"}
    step(portal, inspector, uid, "approve", form=SETTLED)
    assert lists_with(portal, inspector, uid) == set()
