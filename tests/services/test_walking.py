"""From intake to the end: steps, hand-over, answers, files."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.persistence.models import AuditEntry, Record, Referral
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.worklists import waiting

SYSTEM = Access.system("test")
MONDAY = FixedClock.on(dt.date(2026, 5, 11))


@pytest.fixture
def clerk(seeded: Portal) -> Access:
    return access_for(seeded, "clerk", "530112", user_id=7)


@pytest.fixture
def director(seeded: Portal) -> Access:
    return access_for(seeded, "director", "530112", user_id=8)


@pytest.fixture
def handler(seeded: Portal) -> Access:
    return access_for(seeded, "handler", "530112:justice", user_id=9)


@pytest.fixture
def uid(seeded: Portal, clerk: Access) -> str:
    with seeded.writing(clerk) as uow:
        data = {"name": "张三", "amount": 150000, "dispute_type": "D0101"}
        made = records.register(uow, "case", "530112", data)
        uow.commit()
    return made.record.uid


def step(portal: Portal, who: Access, uid: str, name: str, version: int, **more: object) -> Record:
    with portal.writing(who) as uow:
        record = records.transition(uow, uid, name, version=version, **more)
        uow.commit()
    return record


def dispose(portal: Portal, who: Access, uid: str, version: int = 1, **more: object) -> Referral:
    with portal.writing(who) as uow:
        record = records.get(uow.session, "case", uid)
        decision = records.latest_decision(portal, uow.session, record)
        assert decision is not None
        arguments: dict = {"decision_id": decision.id, "proposal": 0} | more
        made = records.dispose(uow, uid, version=version, **arguments)
        uow.commit()
    return made


def audited(portal: Portal, uid: str) -> list[str]:
    with portal.reading(SYSTEM) as session:
        query = select(AuditEntry.action).where(AuditEntry.object_id == uid).order_by(AuditEntry.id)
        return list(session.scalars(query))


def test_a_step_moves_the_stage_and_writes_history_and_audit(seeded: Portal, clerk: Access, uid: str) -> None:
    record = step(seeded, clerk, uid, "start", 1)
    assert (record.stage, record.canonical_stage, record.version) == ("mediate", "mediate", 2)
    with seeded.reading(clerk) as session:
        last = records.history(seeded, session, records.get(session, "case", uid))[0]
        assert (last.kind, last.name, last.from_stage, last.to_stage) == (
            "transition",
            "start",
            "intake",
            "mediate",
        )
    assert audited(seeded, uid) == ["add", "transition"]


def test_steps_are_offered_by_role_and_stage(
    seeded: Portal, clerk: Access, director: Access, uid: str
) -> None:
    offers = {}
    for name, who in (
        ("clerk", clerk),
        ("director", director),
        ("other", access_for(seeded, "supervisor", "530100")),
    ):
        with seeded.reading(who) as session:
            record = records.get(session, "case", uid)
            offers[name] = {offer.transition.id for offer in records.available(seeded, session, record)}
    assert offers == {"clerk": {"start", "drop"}, "director": {"start", "watch"}, "other": set()}


def test_a_step_of_another_role_or_stage_is_refused(
    seeded: Portal, clerk: Access, director: Access, uid: str
) -> None:
    with pytest.raises(Forbidden):
        step(seeded, clerk, uid, "watch", 1)
    with pytest.raises(Conflict):
        step(seeded, director, uid, "close", 1, form={"outcome": "达成协议"})
    with pytest.raises(NotFound):
        step(seeded, clerk, uid, "nothing", 1)
    with pytest.raises(Conflict):
        step(seeded, clerk, uid, "start", 9)
    assert audited(seeded, uid) == ["add"]


def test_a_required_reason_is_asked_for(seeded: Portal, clerk: Access, uid: str) -> None:
    with pytest.raises(InvalidInput):
        step(seeded, clerk, uid, "drop", 1)
    assert step(seeded, clerk, uid, "drop", 1, reason="撤回").is_open is False


def test_answers_of_a_steps_form_are_checked_copied_and_decided_on(
    seeded: Portal, clerk: Access, director: Access, uid: str
) -> None:
    step(seeded, clerk, uid, "start", 1)
    with pytest.raises(InvalidInput) as refused:
        step(seeded, director, uid, "close", 2, form={"outcome": ""})
    assert refused.value.problems[0].pointer == "/form/outcome"
    record = step(seeded, director, uid, "close", 2, form={"outcome": "达成协议"})
    assert (record.stage, record.is_open, record.data["outcome"]) == ("closed", False, "达成协议")
    with seeded.reading(director) as session:
        decision = records.latest_decision(seeded, session, records.get(session, "case", uid))
        assert decision is not None
        assert decision.documents == ["W01", "W02"]


def test_a_guard_blocks_a_step_and_says_why(
    seeded: Portal, clerk: Access, director: Access, uid: str
) -> None:
    with seeded.writing(clerk) as uow:
        record = records.get(uow.session, "case", uid)
        records.change(uow, uid, record.data | {"amount": 2000000}, 1)
        uow.commit()
    step(seeded, clerk, uid, "start", 2)
    with seeded.reading(director) as session:
        offers = {
            o.transition.id: o for o in records.available(seeded, session, records.get(session, "case", uid))
        }
        assert not offers["close"].allowed
        assert offers["close"].blocked[0].field == "/data/amount"
    with pytest.raises(Forbidden):
        step(seeded, director, uid, "close", 3, form={"outcome": "达成协议"})


def test_a_lane_opens_beside_the_stage(seeded: Portal, director: Access, uid: str) -> None:
    record = step(seeded, director, uid, "watch", 1)
    assert (record.stage, record.lanes) == ("intake", {"supervise": "open"})
    with pytest.raises(Conflict):
        step(seeded, director, uid, "watch", 2)


class TestDisposing:
    def test_an_accepted_proposal_hands_the_matter_over(
        self, seeded: Portal, clerk: Access, director: Access, handler: Access, uid: str
    ) -> None:
        with seeded.reading(handler) as session, pytest.raises(NotFound):
            records.get(session, "case", uid)
        lead = dispose(seeded, director, uid)
        assert (lead.status, lead.rule, lead.route, lead.overridden) == ("sent", "large", "R01", False)
        assert (lead.documents, lead.assist) == (["W01"], ["court"])
        # 6 May, the first day not counted, 30 calendar days: 5 June, a Friday.
        assert lead.due_on == dt.date(2026, 6, 5)
        with seeded.reading(handler) as session:
            record = records.get(session, "case", uid)
            assert record.due_on == lead.due_on
            assert [r.lead for r in records.referrals_of(session, record)] == [False, True]
        assert audited(seeded, uid) == ["add", "dispose"]

    def test_the_seat_is_found_anew_on_the_day(self, seeded: Portal, director: Access, uid: str) -> None:
        lead = dispose(seeded.at(MONDAY), director, uid)
        assert (lead.seat["kind"], lead.seat["id"], lead.seat["duty"]) == ("window", "w2", "rotating")

    def test_a_department_that_is_not_here_is_found_one_level_up(self, seeded: Portal, clerk: Access) -> None:
        with seeded.writing(clerk) as uow:
            made = records.register(uow, "case", "530112", {"name": "李四", "dispute_type": "D0601"})
            uow.commit()
        assert made.decision is not None
        seat = made.decision.proposals[0]["seat"]
        assert (seat["kind"], seat["id"], seat["unit_code"], seat["duty"]) == (
            "room",
            "labour",
            "530100:labour",
            "up",
        )

    def test_parts_go_with_their_whole(
        self, seeded: Portal, clerk: Access, director: Access, uid: str
    ) -> None:
        with seeded.writing(clerk) as uow:
            part = records.register(uow, "party", "", {"name": "李四"}, parent=uid).record
            uow.commit()
        dispose(seeded, director, uid)
        with seeded.reading(SYSTEM) as session:
            assert records.get(session, "party", part.uid).handler_path is not None

    def test_an_override_needs_a_reason_and_a_place_that_exists(
        self, seeded: Portal, director: Access, uid: str
    ) -> None:
        court = records.Override(to={"department": "court"}, route="R01")
        with pytest.raises(InvalidInput):
            dispose(seeded, director, uid, override=court)
        nowhere = records.Override(to={"room": "none"}, route="R99", assist=("x",))
        with pytest.raises(InvalidInput) as refused:
            dispose(seeded, director, uid, override=nowhere, reason="另行安排")
        assert {p.pointer for p in refused.value.problems} == {"/to", "/route", "/assist"}
        lead = dispose(seeded, director, uid, override=court, reason="另行安排")
        assert (lead.overridden, lead.reason, lead.seat["unit_code"]) == (True, "另行安排", "530100")

    def test_only_who_may_dispose_disposes(self, seeded: Portal, clerk: Access, uid: str) -> None:
        with pytest.raises(Forbidden):
            dispose(seeded, clerk, uid)

    def test_a_proposal_that_does_not_exist_is_not_found(
        self, seeded: Portal, director: Access, uid: str
    ) -> None:
        with pytest.raises(NotFound):
            dispose(seeded, director, uid, proposal=9)


class TestAnswers:
    def answer(
        self, portal: Portal, who: Access, referral: Referral, action: str, reason: str = ""
    ) -> Referral:
        with portal.writing(who) as uow:
            made = records.referral(uow, referral.uid, action, reason=reason)
            uow.commit()
        return made

    def test_accepted_and_done(self, seeded: Portal, director: Access, handler: Access, uid: str) -> None:
        lead = dispose(seeded, director, uid)
        assert self.answer(seeded, handler, lead, "accept").status == "accepted"
        with pytest.raises(Conflict):
            self.answer(seeded, handler, lead, "accept")
        assert self.answer(seeded, handler, lead, "done").answered_by_name == "handler@530112:justice"
        assert audited(seeded, uid) == ["add", "dispose", "referral.accept", "referral.done"]

    def test_a_returned_matter_is_no_longer_visible_to_the_department(
        self, seeded: Portal, director: Access, handler: Access, uid: str
    ) -> None:
        lead = dispose(seeded, director, uid)
        with pytest.raises(InvalidInput):
            self.answer(seeded, handler, lead, "return")
        self.answer(seeded, handler, lead, "return", "不属本部门")
        with seeded.reading(handler) as session, pytest.raises(NotFound):
            records.get(session, "case", uid)

    def test_an_assisting_department_sees_the_matter_while_it_is_asked(
        self, seeded: Portal, director: Access, uid: str
    ) -> None:
        dispose(seeded, director, uid)
        court = access_for(seeded, "handler", "530112:court")
        with seeded.reading(court) as session:
            record = records.get(session, "case", uid)
            asked = next(r for r in records.referrals_of(session, record) if not r.lead)
            assert waiting(seeded, session, "assisting") == [asked.uid]
        self.answer(seeded, court, asked, "return", "不属管辖")
        with seeded.reading(court) as session, pytest.raises(NotFound):
            records.get(session, "case", uid)

    def test_who_sent_it_revokes_it(
        self, seeded: Portal, director: Access, handler: Access, uid: str
    ) -> None:
        lead = dispose(seeded, director, uid)
        with pytest.raises(Forbidden):
            self.answer(seeded, handler, lead, "revoke", "误派")
        assert self.answer(seeded, director, lead, "revoke", "误派").status == "revoked"

    def test_a_stranger_does_not_find_the_referral(self, seeded: Portal, director: Access, uid: str) -> None:
        lead = dispose(seeded, director, uid)
        with pytest.raises(NotFound):
            self.answer(seeded, access_for(seeded, "handler", "530115"), lead, "accept")

    def test_the_worklist_shows_what_waits(
        self, seeded: Portal, director: Access, handler: Access, uid: str
    ) -> None:
        with seeded.reading(director) as session:
            assert waiting(seeded, session, "to_dispose") == [uid]
        dispose(seeded, director, uid)
        with seeded.reading(handler) as session:
            assert len(waiting(seeded, session, "to_answer")) == 1
            assert waiting(seeded, session, "to_dispose") is None
        later = seeded.at(FixedClock.on(dt.date(2026, 6, 1)))
        with later.reading(handler) as session:
            assert waiting(later, session, "own_due_soon") == [uid]


class TestFiles:
    def test_a_file_follows_its_record(self, seeded: Portal, clerk: Access, uid: str) -> None:
        with seeded.writing(clerk) as uow:
            made = records.attach(uow, uid, "../../证据 照片?.jpg", "image/jpeg", b"abc")
            uow.commit()
        assert (made.name, made.size) == ("证据 照片_.jpg", 3)
        with seeded.reading(clerk) as session:
            assert records.attachment(session, made.uid).content == b"abc"
        with seeded.reading(access_for(seeded, "clerk", "530115")) as session, pytest.raises(NotFound):
            records.attachment(session, made.uid)
        assert audited(seeded, uid) == ["add", "attach"]

    def test_a_waiting_file_is_its_uploaders_and_is_taken_over_by_the_record(
        self, seeded: Portal, clerk: Access, director: Access
    ) -> None:
        with seeded.writing(clerk) as uow:
            made = records.attach(uow, None, "a.txt", "text/plain", b"x")
            uow.commit()
        with seeded.reading(director) as session, pytest.raises(NotFound):
            records.attachment(session, made.uid)
        with pytest.raises(NotFound), seeded.writing(director) as uow:
            records.register(uow, "case", "530112", {"name": "张三"}, files=[made.uid])
        with seeded.writing(clerk) as uow:
            record = records.register(uow, "case", "530112", {"name": "张三"}, files=[made.uid]).record
            uow.commit()
        with seeded.reading(director) as session:
            assert [f.uid for f in records.attachments_of(session, record)] == [made.uid]

    def test_a_waiting_file_comes_along_with_a_step(self, seeded: Portal, clerk: Access, uid: str) -> None:
        with seeded.writing(clerk) as uow:
            made = records.attach(uow, None, "a.txt", "text/plain", b"x")
            uow.commit()
        with seeded.writing(clerk) as uow:
            record = records.transition(uow, uid, "start", version=1, files=[made.uid])
            uow.commit()
        with seeded.reading(clerk) as session:
            assert [f.uid for f in records.attachments_of(session, record)] == [made.uid]

    @pytest.mark.parametrize("content", [b"", b"x" * (20 * 1024 * 1024 + 1)])
    def test_empty_and_huge_files_are_refused(
        self, seeded: Portal, clerk: Access, uid: str, content: bytes
    ) -> None:
        with pytest.raises(InvalidInput), seeded.writing(clerk) as uow:
            records.attach(uow, uid, "a", "text/plain", content)
