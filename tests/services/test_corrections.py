"""A closed record is corrected by two persons: one asks with a reason, another one decides; nothing changes between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.core.messages import read
from portal.persistence.models import AuditEntry, OutboxMessage
from portal.services import records
from portal.services.notices.recipients import recipients
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.test_locks import SYSTEM, Closed, do, now

REASON = "姓名登记有误，已核对身份证"


@pytest.fixture
def closed(seeded: Portal) -> Closed:
    return Closed(seeded)


def ask(one: Closed, who: Access | None = None, uid: str = "", **data: Any) -> None:
    version = now(one.portal, uid or one.uid).version
    do(
        one.portal,
        who or one.clerk,
        records.ask_correction,
        uid or one.uid,
        (one.data if not uid else {}) | data,
        version=version,
        reason=REASON,
    )


def settle(one: Closed, who: Access, answer: str, reason: str = "", uid: str = "", **more: Any) -> None:
    version = more.get("version", now(one.portal, uid or one.uid).version)
    do(one.portal, who, records.settle_correction, uid or one.uid, answer, version=version, reason=reason)


def data_of(one: Closed, uid: str = "") -> dict[str, Any]:
    with one.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid or one.uid)
        return records.view_of(one.portal, session, record).clear


def story(one: Closed) -> list[Any]:
    with one.portal.reading(SYSTEM) as session:
        return records.history(one.portal, session, records.get_any(session, one.uid))


def test_what_is_asked_changes_nothing_until_a_second_person_approves(closed: Closed) -> None:
    ask(closed, name="张叁")
    assert data_of(closed)["name"] == "张三"
    waiting = records.waiting_in(story(closed))
    assert waiting is not None
    assert (dict(waiting.was), dict(waiting.becomes)) == ({"/name": "张三"}, {"/name": "张叁"})
    assert (waiting.event.reason, waiting.asked_by) == (REASON, 7)
    settle(closed, closed.director, "approve")
    assert data_of(closed) == closed.data | {"name": "张叁"}
    record = now(closed.portal, closed.uid)
    assert (record.stage, record.is_open, "张叁" in record.title) == ("closed", False, True)
    rows = [(one.kind, one.name) for one in story(closed)[:2]]
    assert rows == [("correction", "approved"), ("correction", "asked")]
    assert records.waiting_in(story(closed)) is None
    with closed.portal.reading(SYSTEM) as session:
        old = records.data_at(
            closed.portal.keys, session, records.get_any(session, closed.uid), record.version - 1
        )
        assert old["name"] == "张三"
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_id == closed.uid).order_by(AuditEntry.id.desc())
        ).all()
    assert actions[:2] == ["correction.approve", "correction.ask"]


def test_nobody_decides_on_their_own_request(closed: Closed) -> None:
    ask(closed, closed.director, name="张叁")
    with pytest.raises(Forbidden) as refused:
        settle(closed, closed.director, "approve")
    assert refused.value.code == "correction.own"
    other = replace(closed.director, user_id=88)
    settle(closed, other, "approve")
    assert data_of(closed)["name"] == "张叁"


def test_roles_that_do_not_close_do_not_approve(closed: Closed) -> None:
    ask(closed, closed.director, name="张叁")
    supervisor = access_for(closed.portal, "supervisor", "530100", user_id=9)
    with pytest.raises((Forbidden, NotFound)):
        settle(closed, supervisor, "approve")
    with pytest.raises(Forbidden):
        settle(closed, closed.clerk, "withdraw")
    assert data_of(closed)["name"] == "张三"


def test_who_may_not_change_may_not_ask(closed: Closed) -> None:
    with pytest.raises((Forbidden, NotFound)):
        ask(closed, access_for(closed.portal, "supervisor", "530100", user_id=9), name="张叁")


def test_refusing_needs_a_reason_and_leaves_all_as_it_is(closed: Closed) -> None:
    ask(closed, name="张叁")
    with pytest.raises(InvalidInput):
        settle(closed, closed.director, "refuse")
    settle(closed, closed.director, "refuse", "身份证上是张三")
    assert data_of(closed)["name"] == "张三"
    assert story(closed)[0].name == "refused"
    ask(closed, name="张散")
    assert records.waiting_in(story(closed)) is not None


def test_the_person_who_asked_withdraws(closed: Closed) -> None:
    ask(closed, name="张叁")
    settle(closed, closed.clerk, "withdraw")
    assert data_of(closed)["name"] == "张三"
    with pytest.raises(Conflict) as refused:
        settle(closed, closed.director, "approve")
    assert refused.value.code == "correction.none"


def test_one_correction_waits_at_a_time_and_a_double_click_decides_once(closed: Closed) -> None:
    ask(closed, name="张叁")
    with pytest.raises(Conflict) as refused:
        ask(closed, name="李四")
    assert refused.value.code == "correction.waiting"
    version = closed.version
    settle(closed, closed.director, "approve", version=version)
    with pytest.raises(Conflict) as refused:
        settle(closed, closed.director, "approve", version=version)
    assert refused.value.code == "record.stale"


@pytest.mark.parametrize(
    ("data", "reason", "code"),
    [
        ({}, REASON, "correction.nothing"),
        ({"name": "张叁"}, "", "reason.missing"),
        ({"name": "张叁", "amount": "much"}, REASON, None),
    ],
)
def test_a_request_without_change_reason_or_sense_is_refused(
    closed: Closed, data: dict[str, Any], reason: str, code: str | None
) -> None:
    before = closed.rows()
    with pytest.raises(InvalidInput) as refused:
        do(
            closed.portal,
            closed.clerk,
            records.ask_correction,
            closed.uid,
            closed.data | data,
            version=closed.version,
            reason=reason,
        )
    assert code is None or refused.value.code == code or refused.value.problems[0].code == code
    assert closed.rows() == before


def test_an_open_record_needs_no_correction(seeded: Portal) -> None:
    clerk = access_for(seeded, "clerk", "530112", user_id=7)
    data = {"name": "张三", "dispute_type": "D0101"}
    uid = do(seeded, clerk, records.register, "case", "530112", data).record.uid
    with pytest.raises(Conflict) as refused:
        do(seeded, clerk, records.ask_correction, uid, data | {"name": "李"}, version=1, reason=REASON)
    assert refused.value.code == "correction.open"


def test_a_part_of_a_closed_record_is_corrected_by_the_roles_of_its_whole(closed: Closed) -> None:
    ask(closed, uid=closed.part, name="李肆")
    settle(closed, closed.director, "approve", uid=closed.part)
    assert data_of(closed, closed.part)["name"] == "李肆"


def test_those_who_decide_are_told_and_then_the_person_who_asked(closed: Closed) -> None:
    ask(closed, name="张叁")
    settle(closed, closed.director, "approve")
    with closed.portal.reading(SYSTEM) as session:
        sent = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic.like("correction.%")).order_by(OutboxMessage.id)
        ).all()
        told = [(one.topic, read(one.topic, one.payload)) for one in sent]
    assert [topic for topic, _ in told] == ["correction.asked", "correction.settled"]
    assert set(told[0][1].roles) == {"clerk", "director"}
    assert told[1][1].asked_by == 7
    with closed.portal.writing(SYSTEM) as uow:
        assert all(message.actor not in recipients(uow, topic, message) for topic, message in told)
