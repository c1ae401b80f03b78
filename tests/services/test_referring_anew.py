"""A matter that is referred again: one unit leads, none is asked twice, and whoever comes too late is told so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict, NotFound
from portal.core.messages import read
from portal.core.referrals import REPLACED
from portal.persistence.models import AuditEntry, Clock, OutboxMessage, Record, RecordReach, Referral, Unit
from portal.services import records, units
from portal.services.notices.recipients import recipients
from portal.services.portal import Portal
from portal.services.reach import upkeep
from tests.fixtures.database import access_for
from tests.services.worklists import waiting

SYSTEM = Access.system("test")
# Where the small packs send what is for the court: it is not stationed at this centre.
UP = "court"


@pytest.fixture
def uid(seeded: Portal) -> str:
    with seeded.writing(access_for(seeded, "clerk", "530112", user_id=7)) as uow:
        found = records.register(uow, "case", "530112", {"name": "张三", "amount": 150_000}).record.uid
        uow.commit()
    return found


def dispose(portal: Portal, uid: str, to: str, *assist: str, deadline: str | None = None) -> str:
    """Send the matter to a department; return the leading referral."""
    with portal.writing(SYSTEM) as uow:
        version = records.get(uow.session, "case", uid).version
        override = records.Override({"department": to}, route="R01", assist=assist, deadline=deadline)
        lead = records.dispose(uow, uid, version=version, override=override, reason="另行安排").uid
        uow.commit()
    return lead


def answer(portal: Portal, who: Access, referral: str, action: str) -> None:
    with portal.writing(who) as uow:
        records.referral(uow, referral, action, reason="试")
        uow.commit()


def standing(portal: Portal) -> list[tuple[str, bool, str]]:
    """Return unit, role and state of each referral, the oldest first."""
    with portal.reading(SYSTEM) as session:
        query = select(Unit.code, Referral.lead, Referral.status)
        rows = session.execute(query.join(Referral, Referral.to_unit_id == Unit.id).order_by(Referral.id))
        return [(row[0], row[1], row[2]) for row in rows]


def test_a_new_lead_ends_the_one_before_it_in_the_same_act(seeded: Portal, uid: str) -> None:
    first = dispose(seeded, uid, "justice", deadline="T01")
    justice, city = (access_for(seeded, "handler", at, user_id=9) for at in ("530112:justice", "530100"))
    answer(seeded, justice, first, "accept")
    second = dispose(seeded, uid, UP)
    assert standing(seeded) == [("530112:justice", True, REPLACED), ("530100", True, "sent")]
    with seeded.reading(SYSTEM) as session:
        record = session.scalars(select(Record)).one()
        (old,) = session.scalars(select(Referral).where(Referral.uid == first)).all()
        clocks = session.scalars(select(Clock).where(Clock.referral_id == old.id)).all()
        entries = session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid)).all()
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == "referral.replaced")
        ).one()
        reached = set(session.scalars(select(RecordReach.unit_id)))
        assert units.by_code(session, "530112:justice").id not in reached
        assert units.by_code(session, "530100").id in reached
    assert (record.handler_path, record.due_on) == (city.memberships[0][1], None), (
        "the first had a day, this has none"
    )
    assert [one.state for one in clocks] == ["stopped"]
    assert list(entries).count("dispose") == 2, "one act, one entry"
    assert (message.payload["referral"], message.payload["lead"]) == (first, True)
    with seeded.reading(justice) as session:
        with pytest.raises(NotFound):
            records.get(session, "case", uid)
        assert waiting(seeded, session, "to_answer") == []
        assert waiting(seeded, session, "own_due_soon") == []
    with seeded.reading(city) as session:
        assert waiting(seeded, session, "to_answer") == [second]
    with pytest.raises(Conflict):
        answer(seeded, justice, first, "done")
    answer(seeded, city, second, "accept")
    assert upkeep.check(seeded.database) == []


def test_the_unit_that_no_longer_leads_is_told(
    seeded: Portal, uid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "portal.services.notices.recipients._workers", lambda uow, unit, etype: asked.append(unit) or [9]
    )
    dispose(seeded, uid, "justice")
    dispose(seeded, uid, UP)
    with seeded.writing(SYSTEM) as uow:
        row = uow.session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == "referral.replaced")
        ).one()
        assert recipients(uow, row.topic, read(row.topic, row.payload)) == [9]
        assert asked == [units.by_code(uow.session, "530112:justice").id]


def test_a_unit_that_is_asked_again_has_one_referral_to_answer(seeded: Portal, uid: str) -> None:
    lead = dispose(seeded, uid, UP, "justice", "court", "court")
    asked = [("530112:justice", False, "sent"), ("530112:court", False, "sent")]
    assert standing(seeded) == [("530100", True, "sent"), *asked], "whoever is named twice is asked once"
    answer(seeded, SYSTEM, lead, "return")
    dispose(seeded, uid, UP, "court")
    assert standing(seeded) == [
        ("530100", True, "returned"),
        ("530112:justice", False, "sent"),
        ("530112:court", False, REPLACED),
        ("530100", True, "sent"),
        ("530112:court", False, "sent"),
    ], "who was not asked again goes on being asked"
    dispose(seeded, uid, "justice", "justice")
    assert standing(seeded)[1:] == [
        ("530112:justice", False, REPLACED),
        ("530112:court", False, REPLACED),
        ("530100", True, REPLACED),
        ("530112:court", False, "sent"),
        ("530112:justice", True, "sent"),
    ], "the unit that leads now is not asked to help itself"
    assert upkeep.check(seeded.database) == []


def test_an_older_lead_that_is_returned_takes_nothing_from_a_later_one(seeded: Portal, uid: str) -> None:
    """In databases of older versions two leads may be open."""
    first = dispose(seeded, uid, "justice")
    dispose(seeded, uid, UP)
    with seeded.writing(SYSTEM) as uow:
        record = records.get(uow.session, "case", uid)
        old = uow.session.scalars(select(Referral).where(Referral.uid == first)).one()
        old.record, old.status = record, "sent"
        uow.audit(
            "dispose", record, kind="case", object_id=uid, unit_path=record.unit_path, before=None, after={}
        )
        uow.commit()
    answer(seeded, SYSTEM, first, "return")
    with seeded.reading(SYSTEM) as session:
        city = units.by_code(session, "530100").id
        assert session.scalars(select(Record.handler_unit_id)).one() == city


@pytest.mark.parametrize("action", ["done", "return"])
def test_who_answers_after_a_colleague_is_told_who_was_first_and_when(
    seeded: Portal, uid: str, action: str
) -> None:
    dispose(seeded, uid, "justice", "court")
    court = access_for(seeded, "handler", "530112:court", user_id=9)
    with seeded.reading(SYSTEM) as session:
        asked = session.scalars(select(Referral.uid).where(~Referral.lead)).one()
    if action == "done":
        answer(seeded, court, asked, "accept")
    answer(seeded, court, asked, action)
    with pytest.raises(Conflict) as refused:
        answer(seeded, access_for(seeded, "handler", "530112:court", user_id=10), asked, action)
    assert refused.value.code == "referral.answered"
    assert refused.value.params["who"] == court.name
    assert str(refused.value.params["when"]).startswith("2026-05-06 ")
    assert court.name in refused.value.text()
    strangers = (("handler", "530112:labour"), ("clerk", "530115"), ("clerk", "530112:court"))
    for role, unit in strangers:
        with pytest.raises(NotFound):
            answer(seeded, access_for(seeded, role, unit, user_id=11), asked, action)


def test_an_answer_and_a_new_referral_in_the_same_moment_wait_for_each_other(
    seeded: Portal, uid: str
) -> None:
    for _turn in range(6):
        lead = dispose(seeded, uid, "justice")

        def tried(what: Any) -> str:
            try:
                what()
            except Conflict as refused:
                return refused.code
            return "done"

        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(tried, lambda lead=lead: answer(seeded, SYSTEM, lead, "accept"))
            two = pool.submit(tried, lambda: dispose(seeded, uid, UP))
            found = {one.result(timeout=30), two.result(timeout=30)}
        assert found <= {"done", "referral.answered", "record.stale"}
        assert "done" in found
    assert upkeep.check(seeded.database) == []
