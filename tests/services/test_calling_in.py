"""Several units are called at once, each answers by its day; matters go up and down the ladder step by step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.persistence.models import AuditEntry, Referral, Unit
from portal.services import records
from portal.services.portal import Portal
from portal.services.reach import upkeep
from portal.services.records import Called, Override
from tests.fixtures.database import access_for
from tests.services.handing import (
    COUNTY,
    MEDIATION,
    SYSTEM,
    answer,
    case,
    dispose,
    do,
    later,
    lists_with,
    now,
    standing,
)
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site, errors_in, form_in

__all__ = ["site"]
UNITS = [Called("police", 1), Called("women", 2), Called("justice", 5)]


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def called(
    portal: Portal, uid: str, units: list[Called], who: Access = SYSTEM, **more: object
) -> list[Referral]:
    said = {"version": now(portal, uid).version, "reason": "事项复杂，请到场会商", **more}
    made: list[Referral] = do(portal, records.whistle, uid, called=units, who=who, **said)
    return made


def test_each_unit_answers_by_its_own_day_and_one_leads(portal: Portal) -> None:
    triage = access_for(portal, "triage", COUNTY, user_id=71)
    police = access_for(portal, "handler", f"{COUNTY}:police", user_id=72)
    uid = case(portal)
    made = called(portal, uid, UNITS, triage, lead="people_mediation")
    assert standing(portal, uid) == [
        (f"{COUNTY}:people_mediation", True, "sent"),
        *((f"{COUNTY}:{one.department}", False, "sent") for one in UNITS),
    ]
    # Saturday, 9 May is worked.
    assert [one.due_on for one in made[1:]] == [
        dt.date(2026, 5, 7),
        dt.date(2026, 5, 8),
        dt.date(2026, 5, 12),
    ]
    assert {one.kind for one in made[1:]} == {"whistle"}
    assert lists_with(portal, police, uid) >= {"to_answer", "assisting"}
    assert "called_in" in lists_with(portal, triage, uid)
    answer(portal, made[1], "accept", police, "")
    answer(portal, made[1], "done", police, "已到场")
    assert lists_with(portal, police, uid) == set(), "whoever has answered is done with it"
    with portal.reading(SYSTEM) as session:
        entries = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid)))
    assert entries.count("whistle") == 1, "one act"
    assert upkeep.check(portal.database) == []


def test_a_unit_that_leads_goes_on_and_nobody_is_asked_twice(portal: Portal) -> None:
    uid = case(portal)
    lead = dispose(portal, uid, Override({"department": "people_mediation"}, route="R01", assist=["women"]))
    called(portal, uid, [Called("women", 2), Called("people_mediation", 2), Called("police", 3)])
    assert standing(portal, uid) == [
        (f"{COUNTY}:people_mediation", True, "sent"),
        (f"{COUNTY}:women", False, "replaced"),
        (f"{COUNTY}:women", False, "sent"),
        (f"{COUNTY}:police", False, "sent"),
    ]
    called(portal, uid, [Called("police", 1)], lead="people_mediation")
    assert now(portal, uid).handler_unit_id == lead.to_unit_id
    called(portal, uid, [Called("police", 1)], lead="justice")
    leading = [one for one in standing(portal, uid) if one[1] and one[2] == "sent"]
    assert leading == [(f"{COUNTY}:justice", True, "sent")]


@pytest.mark.parametrize(
    ("units", "more", "code"),
    [
        ([], {"lead": "police"}, "whistle.called"),
        ([Called("police", 0)], {"lead": "police"}, "whistle.days"),
        ([Called("police", 61)], {"lead": "police"}, "whistle.days"),
        ([Called("nobody", 2)], {"lead": "police"}, "dispose.assist"),
        ([Called("police", 2)], {"lead": "nobody"}, "dispose.assist"),
        ([Called("police", 2), Called("police", 3)], {"lead": "police"}, "whistle.twice"),
        ([Called("police", 2)], {}, "whistle.lead"),
        ([Called("police", 2)], {"lead": "police", "reason": " 。"}, "reason.missing"),
    ],
)
def test_a_call_that_cannot_be_is_refused(
    portal: Portal, units: list[Called], more: dict[str, str], code: str
) -> None:
    uid = case(portal)
    with pytest.raises(InvalidInput) as refused:
        called(portal, uid, units, **more)
    assert code in [problem.code for problem in refused.value.problems]
    assert standing(portal, uid) == []


def test_who_may_not_decide_calls_nobody_and_a_stale_page_neither(portal: Portal) -> None:
    uid = case(portal)
    with pytest.raises(Forbidden):
        called(portal, uid, UNITS, access_for(portal, "clerk", COUNTY, user_id=73), lead="police")
    with pytest.raises(Conflict):
        called(portal, uid, UNITS, lead="police", version=7)
    assert standing(portal, uid) == []


def test_who_has_not_answered_by_its_day_comes_first(portal: Portal) -> None:
    triage = access_for(portal, "triage", COUNTY, user_id=71)
    uid = case(portal)
    called(portal, uid, [Called("women", 5), Called("police", 1)], lead="people_mediation")
    with later(portal, days=3), portal.reading(triage) as session:
        from portal.services.records.handling.waiting import rows, worklists_of

        (listed,) = [one for one in worklists_of(portal, session) if one.id == "called_in"]
        found = [
            one.referral for one in rows(portal, session, listed, size=500).rows if one.record.uid == uid
        ]
        names = [session.get_one(Unit, one.to_unit_id).code for one in found if one is not None]
        assert names == [f"{COUNTY}:police", f"{COUNTY}:women"]
        assert found[0] is not None
        assert found[0].due_on < portal.clock.today()


def test_the_page_calls_the_units_that_are_chosen(site: Site) -> None:
    triage = site.login("triage")
    uid = case(site.portal)
    url = f"/records/case/whistle/{uid}"
    page = triage.get(url).text
    assert "5月8日（周五）" in page
    assert "该单位还没有接收人账号" in page
    first, folded = page.split('<details class="more-picks">')
    assert 'value="housing"' in first, "matters of this sort concern it"
    assert 'value="police"' in folded
    assert '<span class="required"' in folded.split('for="lead"')[1][:80], (
        "that one leads is asked for beforehand"
    )
    pairs = [pair for pair in form_in(page, url) if pair[0] != "called"]
    assert triage.post(url, [*pairs, ("reason", "会商")]).status_code == 422
    chosen = [*pairs, ("called", "police"), ("called", "women")]
    refused = triage.send(url, chosen, reason="会商", **{"days-women": "x"})
    assert refused.status_code == 422
    assert "会商" in refused.text, "what was typed stays"
    sent = triage.send(url, chosen, reason="请到场会商", lead="people_mediation", **{"days-women": "5"})
    assert sent.status_code == 303, errors_in(sent.text)
    assert [unit for unit, *_ in standing(site.portal, uid)][1:] == [f"{COUNTY}:police", f"{COUNTY}:women"]
    again = triage.send(url, chosen, reason="请到场会商", lead="people_mediation")
    assert again.status_code == 409, "a second click calls nobody again"
    assert site.login("clerk").get(url).status_code == 403
    assert triage.get("/records/case/whistle/" + "0" * 32).status_code == 404


def test_one_goes_down_and_up_the_ladder_step_by_step(portal: Portal) -> None:
    with portal.reading(SYSTEM) as session:
        village = session.scalars(
            select(Unit).where(Unit.code.startswith("530112001"), Unit.level == "village")
        ).first()
    assert village is not None
    township = village.code[:9]
    uid = case(portal, place=village.code)
    assert dispose(portal, uid, Override({"tier": "down"}, route="R01")).seat["unit_code"] == township
    uid = case(portal, unit=township, place=village.code)
    assert dispose(portal, uid, Override({"tier": "down"}, route="R01")).seat["unit_code"] == village.code
    uid = case(portal, unit=village.code, place=village.code)
    assert dispose(portal, uid, Override({"tier": "down"}, route="R01")).seat["unit_code"] == village.code, (
        "what a village registers stays in the village, not with the county"
    )
    uid = case(portal, unit=township, place=village.code)
    assert dispose(portal, uid, Override({"tier": "up"})).seat["unit_code"] == COUNTY, (
        "no level is passed over"
    )
    uid = case(portal)
    assert dispose(portal, uid, Override({"tier": "up"})).seat["unit_code"] == "530100"
    assert MEDIATION.route == "R01"


def test_a_department_without_a_seat_is_called_at_its_own_unit_and_not_the_centre_above(
    portal: Portal,
) -> None:
    uid = case(portal)
    with portal.reading(SYSTEM) as session:
        finder = records.finder_for(portal, session, records.get_any(session, uid))
        away = [
            own.department
            for seat, own in finder.departments()
            if own is not None and own.department and seat.duty == "up"
        ]
    assert away, "some department has no seat at this centre"
    called(portal, uid, [Called(away[0], 2)], lead=away[0])
    assert standing(portal, uid) == [(f"{COUNTY}:{away[0]}", True, "sent")]


def test_what_a_helper_returns_waits_with_who_called_until_its_day_is_over(portal: Portal) -> None:
    triage = access_for(portal, "triage", COUNTY, user_id=71)
    women = access_for(portal, "handler", f"{COUNTY}:women", user_id=73)
    uid = case(portal)
    made = called(portal, uid, [Called("women", 3)], triage, lead="people_mediation")
    assert "returned" not in lists_with(portal, triage, uid)
    answer(portal, made[1], "return", women, "属公安机关职责")
    assert "returned" in lists_with(portal, triage, uid)
    assert lists_with(portal, women, uid) == set()
    again = called(portal, uid, [Called("police", 3)], triage)
    assert lists_with(portal, triage, uid) >= {"returned", "called_in"}
    assert again[0].due_on == made[1].due_on
