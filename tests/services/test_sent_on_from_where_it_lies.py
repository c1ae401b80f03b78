"""Only what can be done is offered: a place that handles a matter of another one sends it on below itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.core.access import Access
from portal.core.errors import InvalidInput, NotFound
from portal.services import records, users
from portal.services.portal import Portal
from portal.services.records import Called, Override
from tests.fixtures.database import access_for
from tests.services.handing import COUNTY, answer, case, dispose, do, now, standing
from tests.services.test_stage_by_referral import HANDOVER
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Site

__all__ = ["site"]
STREET = f"{COUNTY}001"
ROUTES = ("R01", "R05")


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def at_street(portal: Portal) -> str:
    """Return a matter of the county that lies at a street."""
    uid = case(portal, COUNTY, place=STREET)
    dispose(portal, uid, Override({"tier": "down"}, route="R01"))
    return uid


def offered(portal: Portal, who: Access, uid: str) -> list[records.Destination]:
    with portal.reading(who) as session:
        record = records.get_any(session, uid)
        decision = records.latest_decision(portal, session, record)
        return records.Choices.of(portal, session, record, decision).others(None)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("to", [{"tier": "up"}, {"tier": "centre"}, {"department": "court"}], ids=str)
def test_what_the_street_may_not_send_is_refused_in_words(
    portal: Portal, route: str, to: dict[str, str]
) -> None:
    uid, street = at_street(portal), access_for(portal, "triage", STREET, user_id=5)
    before = standing(portal, uid)
    with pytest.raises(InvalidInput) as refused:
        dispose(portal, uid, Override(to, route=route), street, form=HANDOVER)
    assert [one.code for one in refused.value.problems] == ["dispose.outside"]
    assert standing(portal, uid) == before


def test_everything_that_is_offered_can_be_done(portal: Portal) -> None:
    """By who decides for the county and by who decides at the street, on each route that takes a step or none."""
    people = (
        access_for(portal, "triage", COUNTY, user_id=5),
        access_for(portal, "triage", STREET, user_id=6),
        access_for(portal, "director", f"{COUNTY}:people_mediation", user_id=7),
    )
    sent = 0
    for who in people:
        for number in range(len(offered(portal, who, at_street(portal))) if who is not people[2] else 0):
            uid = at_street(portal)
            one = offered(portal, who, uid)[number]
            dispose(portal, uid, Override(one.to, one.route, "", one.deadline), who, form=HANDOVER)
            sent += 1
    assert sent >= 4
    assert [one.to for one in offered(portal, people[1], at_street(portal))] == [], "it leads there already"


def test_the_committee_that_leads_sends_nothing_elsewhere(portal: Portal) -> None:
    uid = case(portal)
    dispose(portal, uid, Override({"department": "people_mediation"}, route="R01"))
    committee = access_for(portal, "director", f"{COUNTY}:people_mediation", user_id=7)
    assert offered(portal, committee, uid) == []
    said = {"called": [Called("police", 2)], "version": now(portal, uid).version, "reason": "请到场会商"}
    with pytest.raises(InvalidInput) as refused:
        do(portal, records.whistle, uid, lead="justice", who=committee, **said)
    assert [one.code for one in refused.value.problems] == ["dispose.outside"]


def test_the_unit_that_leads_is_no_other_one_and_who_answered_comes_last(portal: Portal) -> None:
    uid, triage = case(portal), access_for(portal, "triage", COUNTY, user_id=5)
    first = offered(portal, triage, uid)[0]
    lead = dispose(portal, uid, Override(first.to, first.route), triage)
    assert first.seat.unit_code not in [one.seat.unit_code for one in offered(portal, triage, uid)]
    answer(portal, lead, "accept")
    answer(portal, lead, "done", reason="调解未成")
    codes = [one.seat.unit_code for one in offered(portal, triage, uid)]
    again = [index for index, code in enumerate(codes) if code == first.seat.unit_code]
    assert again == list(range(len(codes) - len(again), len(codes))), codes


def test_a_matter_out_of_sight_is_unknown(portal: Portal) -> None:
    uid = at_street(portal)
    with pytest.raises(NotFound):
        dispose(portal, uid, Override({"tier": "up"}), access_for(portal, "triage", "530112002", user_id=8))


def test_the_page_offers_the_street_nothing_that_is_refused(site: Site, portal: Portal) -> None:
    uid = at_street(portal)
    with portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "street_triage", PASSWORD, "某", "street_triage")
        users.assign(uow, user.id, "triage", STREET, audited=False)
        uow.commit()
    street, director = site.login("street_triage"), site.login("director")
    assert "采纳建议" not in street.get(f"/records/case/show/{uid}").text
    page = street.get(f"/records/case/dispose/{uid}").text
    assert 'value="department:' not in page
    assert 'value="tier:up' not in page
    whole = director.get(f"/records/case/dispose/{uid}").text
    assert whole.count('class="away"') == 1
    assert "未进驻本中心的部门" in whole
