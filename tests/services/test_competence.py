"""A matter that is not the unit's: returned in time, asked back later, decided by the superior where two say so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.persistence.models import AuditEntry, Referral
from portal.services import records
from portal.services.portal import Portal
from portal.services.reach import upkeep
from portal.services.records import Override
from tests.fixtures.database import access_for
from tests.services.handing import (
    CITY,
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
from tests.web.records.seeded_site import TODAY, Site

__all__ = ["site"]
JUSTICE = Override({"department": "justice"}, route="R01")


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, Access]:
    at = {
        "triage": ("triage", COUNTY),
        "director": ("director", COUNTY),
        "city": ("director", CITY),
        "clerk": ("clerk", COUNTY),
        "mediator": ("mediator", COUNTY),
        "committee": ("handler", f"{COUNTY}:people_mediation"),
        "justice": ("handler", f"{COUNTY}:justice"),
        "court": ("handler", f"{COUNTY}:court"),
    }
    return {
        name: access_for(portal, role, unit, user_id=50 + n)
        for n, (name, (role, unit)) in enumerate(at.items())
    }


def story(portal: Portal, uid: str) -> list[tuple[str, str]]:
    with portal.reading(SYSTEM) as session:
        found = records.history(portal, session, records.get_any(session, uid))
        return [(one.kind, one.name) for one in reversed(found)]


def test_a_return_in_time_goes_to_the_list_of_the_sender_with_its_reason(
    portal: Portal, people: dict[str, Access]
) -> None:
    uid = case(portal)
    lead = dispose(portal, uid, MEDIATION, who=people["triage"])
    assert lead.return_by == dt.date(2026, 5, 8), "two working days after Wednesday, 6 May"
    assert lists_with(portal, people["committee"], uid) >= {"to_answer", "mine"}
    with later(portal, days=2):
        back = answer(portal, lead, "return", people["committee"], "属于物业纠纷，应由物业调委会办理")
    assert (back.status, back.answer) == ("returned", "属于物业纠纷，应由物业调委会办理")
    assert "returned" in lists_with(portal, people["triage"], uid)
    assert lists_with(portal, people["committee"], uid) == set()
    with portal.reading(people["committee"]) as session, pytest.raises(NotFound):
        records.get(session, "case", uid)
    dispose(portal, uid, JUSTICE, who=people["triage"])
    assert "returned" not in lists_with(portal, people["triage"], uid)
    assert "to_answer" in lists_with(portal, people["justice"], uid)


@pytest.mark.parametrize("agrees", [True, False])
def test_after_its_day_the_sender_has_to_agree_to_a_return(
    portal: Portal, people: dict[str, Access], agrees: bool
) -> None:
    uid = case(portal)
    lead = dispose(portal, uid, MEDIATION, who=people["triage"])
    with later(portal, days=3):
        today = portal.clock.today()
        names = {one.name for one in records.answers_to(people["committee"], lead, today)}
        assert names == {"accept", "ask_back"}
        with pytest.raises(Conflict) as refused:
            answer(portal, lead, "return", people["committee"])
        assert refused.value.params["day"] == "2026-05-08"
        with pytest.raises(InvalidInput):
            answer(portal, lead, "ask_back", people["committee"], "")
        answer(portal, lead, "ask_back", people["committee"], "双方都不在本辖区")
        assert "asked_back" in lists_with(portal, people["triage"], uid)
        assert "mine" in lists_with(portal, people["committee"], uid), "it is theirs until the sender agrees"
        with pytest.raises(Forbidden):
            answer(portal, lead, "let_go", people["committee"])
        if agrees:
            back = answer(portal, lead, "let_go", people["triage"], "")
            assert (back.status, back.answer) == ("returned", "双方都不在本辖区")
            assert "returned" in lists_with(portal, people["triage"], uid)
            assert now(portal, uid).handler_path is None
        else:
            with pytest.raises(InvalidInput):
                answer(portal, lead, "keep", people["triage"], "")
            assert answer(portal, lead, "keep", people["triage"], "住所在本辖区").status == "accepted"
            assert "mine" in lists_with(portal, people["committee"], uid)
    assert upkeep.check(portal.database) == []


def test_a_day_that_is_not_over_yet_asks_nobody(people: dict[str, Access]) -> None:
    sent = Referral(
        status="sent", etype="case", to_path="/1/2/", from_path="/1/", return_by=TODAY, kind="", binding=False
    )
    system = {one.name for one in records.answers_to(SYSTEM, sent, TODAY)}
    assert system == {"accept", "return", "revoke"}
    sent.return_by = None
    assert {one.name for one in records.answers_to(SYSTEM, sent, TODAY)} == system, "no day: always"
    sent.binding = True
    assert {one.name for one in records.answers_to(SYSTEM, sent, TODAY)} == {"accept", "revoke"}


@pytest.mark.parametrize("who", ["director", "mediator"])
def test_answering_for_another_body_is_an_act_of_its_own_with_a_reason(
    portal: Portal, people: dict[str, Access], who: str
) -> None:
    uid = case(portal)
    lead = dispose(portal, uid, MEDIATION, who=people["triage"])
    receiving = {one.name for one in records.answers_to(people[who], lead, TODAY) if one.side == "receiver"}
    assert receiving == set(), "it is not asked of the centre"
    assert {one.name for one in records.answers_for(people[who], lead, TODAY)} == {"accept", "return"}
    assert records.answers_for(people["committee"], lead, TODAY) == ()
    with pytest.raises(InvalidInput):
        answer(portal, lead, "accept", people[who], "")
    answer(portal, lead, "accept", people[who], "调委会停电，电话委托代为签收")
    assert ("referral", "accept_for") in story(portal, uid)
    with portal.reading(SYSTEM) as session:
        entries = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid)))
    assert "referral.accept_for" in entries
    assert "referral.accept" not in entries
    answer(portal, lead, "done", people["committee"], "双方和解")
    assert ("referral", "done") in story(portal, uid)


def test_two_units_that_refuse_are_decided_between_by_their_common_superior(
    portal: Portal, people: dict[str, Access]
) -> None:
    uid = case(portal)
    with pytest.raises(Conflict):
        do(portal, records.raise_dispute, uid, version=1, reason="两家都推", who=people["triage"])
    first = dispose(portal, uid, MEDIATION, who=people["triage"])
    answer(portal, first, "return", people["committee"])
    second = dispose(portal, uid, JUSTICE, who=people["triage"])
    answer(portal, second, "return", people["justice"])
    said = {"version": now(portal, uid).version, "who": people["triage"]}
    with pytest.raises(InvalidInput):
        do(portal, records.raise_dispute, uid, reason="", **said)
    with pytest.raises(Conflict):
        do(portal, records.raise_dispute, uid, reason="两家都推", **(said | {"version": 1}))
    asked = do(portal, records.raise_dispute, uid, reason="两家都称不属职责", **said)
    assert standing(portal, uid)[-1] == (COUNTY, False, "sent")
    with pytest.raises(Conflict):
        do(portal, records.raise_dispute, uid, reason="两家都推", version=now(portal, uid).version)
    assert "competence" in lists_with(portal, people["director"], uid)
    assert not lists_with(portal, people["committee"], uid)
    decided = {"reason": "纠纷发生在该会辖区", "who": people["director"]}
    for who, unit, error in (
        ("clerk", f"{COUNTY}:justice", Forbidden),
        ("director", f"{COUNTY}:court", InvalidInput),
        ("director", "", InvalidInput),
    ):
        with pytest.raises(error):
            do(portal, records.decide_competence, asked.uid, unit=unit, reason="定", who=people[who])
    with pytest.raises(InvalidInput):
        do(
            portal,
            records.decide_competence,
            asked.uid,
            unit=f"{COUNTY}:justice",
            reason="",
            who=people["director"],
        )
    with pytest.raises(Conflict):
        answer(portal, asked, "accept")
    lead = do(portal, records.decide_competence, asked.uid, unit=f"{COUNTY}:justice", **decided)
    assert (lead.binding, lead.route, lead.status) == (True, "R01", "sent")
    assert standing(portal, uid)[-2:] == [(COUNTY, False, "done"), (f"{COUNTY}:justice", True, "sent")]
    with pytest.raises(Conflict):
        do(portal, records.decide_competence, asked.uid, unit=f"{COUNTY}:justice", **decided)
    for name in ("return", "ask_back"):
        with pytest.raises(Conflict) as refused:
            answer(portal, lead, name, people["justice"])
        assert refused.value.code == "referral.binding"
    assert "competence" not in lists_with(portal, people["director"], uid)
    assert "to_answer" in lists_with(portal, people["justice"], uid)
    assert {("dispute", "raised"), ("dispute", "decided")} <= set(story(portal, uid))
    answer(portal, lead, "accept", people["justice"], "")
    assert upkeep.check(portal.database) == []


def test_between_a_county_and_its_city_the_city_decides(portal: Portal, people: dict[str, Access]) -> None:
    uid = case(portal)
    first = dispose(portal, uid, MEDIATION)
    answer(portal, first, "return")
    second = dispose(portal, uid, Override({"tier": "up"}))
    with portal.reading(SYSTEM) as session:
        assert records.dispute_of(session, records.get_any(session, uid)) is None, "somebody leads"
    answer(portal, second, "return")
    with portal.reading(SYSTEM) as session:
        found = records.dispute_of(session, records.get_any(session, uid))
    assert found is None, "nothing stands above the city itself and a unit below it"


def test_a_new_lead_ends_a_dispute_that_waits(portal: Portal, people: dict[str, Access]) -> None:
    uid = case(portal)
    for to in (MEDIATION, JUSTICE):
        answer(portal, dispose(portal, uid, to), "return")
    asked = do(portal, records.raise_dispute, uid, version=now(portal, uid).version, reason="两家都推")
    dispose(portal, uid, MEDIATION, who=people["triage"])
    assert standing(portal, uid)[2] == (COUNTY, False, "replaced")
    assert "competence" not in lists_with(portal, people["director"], uid)
    with pytest.raises(Conflict):
        do(portal, records.decide_competence, asked.uid, unit=f"{COUNTY}:justice", reason="由其办理")
