"""Closing a matter ends what units are still asked of it: they are told, and find it in no list any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.core.errors import Conflict
from portal.core.messages import read
from portal.core.referrals import ENDED
from portal.persistence.models import AuditEntry, Clock, OutboxMessage, RecordReach, Referral
from portal.services import records, units
from portal.services.notices.recipients import recipients
from portal.services.portal import Portal
from portal.services.reach import upkeep
from portal.services.records import Called, Override
from tests.fixtures.database import access_for
from tests.services.handing import COUNTY, SYSTEM, answer, case, dispose, do, lists_with, now, standing
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site
from tests.web.records.test_next_act import AGREED, CLOSED

__all__ = ["site"]
ASKED = Override({"department": "people_mediation"}, route="R01", assist=["justice", "police"])
EARLY = {
    "method": "withdrawn",
    "summary": "申请人自愿撤回申请",
    "party_words": "不再要求办理",
    "remedy_told": "可以向人民法院起诉",
}
AGAIN = {"ground": "not_performed", "found_by": "party", "note": "当事人称逾期未履行"}
ANALYSED = {"grade": "ordinary", "findings": "双方对定金是否退还有争议", "conclusion": "mediate"}


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def step(portal: Portal, uid: str, name: str, **more: object) -> None:
    do(portal, records.transition, uid, name, version=now(portal, uid).version, **more)


def asked(portal: Portal) -> str:
    """Return a matter that one unit leads and two assist."""
    uid = case(portal)
    step(portal, uid, "accept")
    step(portal, uid, "submit_analysis", form=ANALYSED)
    dispose(portal, uid, ASKED)
    return uid


def concluded(portal: Portal, uid: str) -> None:
    step(portal, uid, "record_result", form=AGREED)
    step(portal, uid, "close", form=CLOSED)


def states(portal: Portal, uid: str) -> dict[str, str]:
    return {unit.partition(":")[2]: state for unit, _, state in standing(portal, uid)}


def referral(portal: Portal, uid: str, department: str) -> Referral:
    with portal.reading(SYSTEM) as session:
        unit = units.by_code(session, f"{COUNTY}:{department}")
        query = select(Referral).where(
            Referral.record_id == now(portal, uid).id, Referral.to_unit_id == unit.id
        )
        return session.scalars(query.order_by(Referral.id.desc())).first()  # type: ignore[return-value]


def test_what_is_open_ends_with_the_matter_and_what_was_answered_stays(portal: Portal) -> None:
    uid = asked(portal)
    answer(portal, referral(portal, uid, "justice"), "accept", reason="")
    answer(portal, referral(portal, uid, "justice"), "done", reason="已出具意见")
    people = {
        name: access_for(portal, "handler", f"{COUNTY}:{name}", user_id=81) for name in ("police", "justice")
    }
    assert "assisting" in lists_with(portal, people["police"], uid)
    with portal.reading(SYSTEM) as session:
        before = len(session.scalars(select(AuditEntry).where(AuditEntry.object_id == uid)).all())
    concluded(portal, uid)
    assert states(portal, uid) == {"people_mediation": ENDED, "justice": "done", "police": ENDED}
    assert lists_with(portal, people["police"], uid) == set()
    with portal.reading(SYSTEM) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_id == uid)).all()
        told = records.history(portal, session, records.get_any(session, uid))
        reached = set(
            session.scalars(select(RecordReach.unit_id).where(RecordReach.record_id == now(portal, uid).id))
        )
        assert units.by_code(session, f"{COUNTY}:police").id not in reached, "its part has ended"
        live = session.scalars(
            select(Clock).where(
                Clock.record_id == now(portal, uid).id,
                Clock.referral_id.is_not(None),
                Clock.state.in_(("running", "paused")),
            )
        ).all()
    assert len(entries) == before + 2, "one entry for each of the two steps"
    assert live == []
    ended = [one for one in told if (one.kind, one.name) == ("referral", ENDED)]
    assert {one.unit_id for one in ended} == {
        referral(portal, uid, name).to_unit_id for name in ("people_mediation", "police")
    }
    assert upkeep.check(portal.database) == []


def test_who_is_asked_is_told_and_can_answer_no_more(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = asked(portal)
    asked_of = [referral(portal, uid, name) for name in ("people_mediation", "justice", "police")]
    concluded(portal, uid)
    told: list[int] = []
    monkeypatch.setattr(
        "portal.services.notices.recipients._workers", lambda uow, unit, etype: told.append(unit) or [9]
    )
    with portal.writing(SYSTEM) as uow:
        rows = uow.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "referral.ended"))
        for row in [one for one in rows if one.payload["record"] == uid]:
            assert recipients(uow, row.topic, read(row.topic, row.payload)) == [9]
    assert sorted(told) == sorted(one.to_unit_id for one in asked_of)
    for one in asked_of:
        for name in ("accept", "done", "return", "ask_back", "revoke"):
            with pytest.raises(Conflict):
                answer(portal, one, name)


def test_every_way_of_closing_ends_it_and_a_step_that_stays_open_does_not(portal: Portal) -> None:
    uid = asked(portal)
    step(portal, uid, "record_result", form=AGREED)
    assert set(states(portal, uid).values()) == {"sent"}
    step(portal, uid, "close_early", form=EARLY)
    assert set(states(portal, uid).values()) == {ENDED}


def test_units_that_were_called_in_and_a_dispute_end_as_well(portal: Portal) -> None:
    uid = asked(portal)
    do(
        portal,
        records.whistle,
        uid,
        called=[Called("women", 2)],
        version=now(portal, uid).version,
        reason="请到场会商",
    )
    concluded(portal, uid)
    assert states(portal, uid)["women"] == ENDED


def test_a_matter_taken_up_again_asks_anew(portal: Portal) -> None:
    uid = asked(portal)
    concluded(portal, uid)
    step(portal, uid, "reopen", form=AGAIN)
    assert set(states(portal, uid).values()) == {ENDED}, "who is asked is said anew"
    dispose(portal, uid, ASKED)
    assert [state for _, _, state in standing(portal, uid)][-3:] == ["sent"] * 3
    assert upkeep.check(portal.database) == []


def test_closing_says_before_who_has_not_answered(site: Site, portal: Portal) -> None:
    uid = asked(portal)
    step(portal, uid, "record_result", form=AGREED)
    answer(portal, referral(portal, uid, "justice"), "accept", reason="")
    answer(portal, referral(portal, uid, "justice"), "done", reason="已出具意见")
    director = site.login("director")
    page = director.get(f"/records/case/transition/{uid}/close").text
    said = page.split("尚未答复的单位：")[1].split("</div>")[0]
    assert "公安" in said
    assert "司法" not in said
    assert f'href="/records/case/show/{uid}#referrals"' in said
    assert 'id="referrals"' in director.get(f"/records/case/show/{uid}").text
    # What closes nothing says nothing of it.
    assert "尚未答复的单位" not in director.get(f"/records/case/transition/{uid}/record_result").text
