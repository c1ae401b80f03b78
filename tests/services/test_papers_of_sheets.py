"""Papers of sheets: they bear the sheet's number, one at a time, and only who supervises makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, NotFound
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import PaperReader
from tests.services.test_sheets import ANSWER, HERE, SYSTEM, UNIT, account_of, answer, do, now, sheet, step
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


@pytest.fixture(scope="module")
def inspector(portal: Portal) -> Access:
    return account_of(portal, "inspector", HERE)


@pytest.fixture(scope="module")
def handler(portal: Portal) -> Access:
    return account_of(portal, "handler", UNIT)


def issue(portal: Portal, who: Access, uid: str, document: str, **asked: str) -> Any:
    return do(portal, who, records.issue_paper, uid, document, asked)


def offered(portal: Portal, who: Access, uid: str) -> list[str]:
    with portal.reading(who) as session:
        return [one.code for one in PaperReader(portal, session, records.get_any(session, uid)).offered]


def said(portal: Portal, uid: str) -> dict[str, Any]:
    with portal.reading(SYSTEM) as session:
        view = PaperReader(portal, session, records.get_any(session, uid)).all[-1]
    return {one.id: one.said for one in view.statement.fields}


def test_a_sheet_of_supervision_is_a_paper_with_the_number_of_the_sheet(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    assert offered(portal, inspector, uid) == [], "a draft is no paper yet"
    step(portal, inspector, uid, "issue")
    assert offered(portal, inspector, uid) == ["W06"]
    made = issue(portal, inspector, uid, "W06")
    assert (made.number, made.series) == (now(portal, uid).code, "")
    told = said(portal, uid)
    assert (told["problem"], told["due_on"], told["feedback"]) == ("应受理未受理", "2026年5月20日", "")
    answer(portal, handler, uid, "accept")
    answer(portal, handler, uid, "done", form=ANSWER)
    with pytest.raises(Conflict) as refused:
        issue(portal, inspector, uid, "W06")
    assert refused.value.code == "paper.once"
    do(portal, inspector, records.void_paper, uid, 1, version=1, reason="补上答复")
    assert issue(portal, inspector, uid, "W06").number == made.number
    assert said(portal, uid)["feedback"] == ANSWER["result"]


def test_a_reminder_is_a_letter_and_takes_no_second_number(portal: Portal, inspector: Access) -> None:
    uid = sheet(portal, inspector, kind="remind")
    step(portal, inspector, uid, "issue")
    assert offered(portal, inspector, uid) == ["W07"]
    with pytest.raises(NotFound):
        issue(portal, inspector, uid, "W06")
    assert issue(portal, inspector, uid, "W07", count="3").number == now(portal, uid).code
    told = said(portal, uid)
    assert (told["addressee"], told["count"]) == ("西山区司法局", "3")
    after = sheet(portal, inspector, kind="remind")
    assert int(str(now(portal, after).code)[-5:]) == int(str(now(portal, uid).code)[-5:]) + 1


def test_the_unit_that_is_supervised_makes_no_sheet_and_none_void(
    portal: Portal, inspector: Access, handler: Access
) -> None:
    uid = sheet(portal, inspector)
    step(portal, inspector, uid, "issue")
    assert offered(portal, handler, uid) == []
    with pytest.raises(Forbidden):
        issue(portal, handler, uid, "W06")
    issue(portal, inspector, uid, "W06")
    with pytest.raises(Forbidden):
        do(portal, handler, records.void_paper, uid, 1, version=1, reason="不同意")


def test_a_sheet_that_was_withdrawn_is_no_paper(portal: Portal, inspector: Access) -> None:
    uid = sheet(portal, inspector)
    step(portal, inspector, uid, "issue")
    step(portal, inspector, uid, "withdraw", form={"result": "误发，撤回。", "conclusion": "done"})
    assert offered(portal, inspector, uid) == []
