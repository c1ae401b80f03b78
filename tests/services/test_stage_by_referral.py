"""The leading referral's event takes the step of the stage, in the same act, as the shipped packs say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.acts import EFFECT
from portal.core.effects import EFFECTS
from portal.core.errors import InvalidInput
from portal.persistence.models import AuditEntry, OutboxMessage, Record, Referral
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Override
from portal.services.records.handling.leading import StepForm
from portal.services.records.handling.step_effects import PERFORMERS, Sources
from tests.web.records.conftest import site
from tests.web.records.seeded_site import CASE, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
DATA = {
    **{key.removeprefix("/"): value for key, value in CASE.items()},
    "amount": 20000,
    "lower_tried": False,
    "respondents": [{"kind": "person", "name": "李"}],
}
DEPARTMENT = Override({"department": "people_mediation"}, route="R01")
COURT = Override({"department": "court"}, route="R05")
ORDER = {
    "problem": "not_handled",
    "unit": "530112:justice",
    "requirement": "三日内组织调解",
    "due_on": "2026-05-20",
}
LAND_OFFICE = {"/place": "530112001"}


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def do(portal: Portal, what: Any, *args: Any, **more: Any) -> Any:
    with portal.writing(SYSTEM) as uow:
        answer = what(uow, *args, **more)
        uow.commit()
    return answer


def case(portal: Portal, unit: str = "530112") -> str:
    data = DATA | {"place": unit}
    uid: str = do(portal, records.register, "case", unit, data).record.uid
    return uid


def now(portal: Portal, uid: str) -> Record:
    with portal.reading(SYSTEM) as session:
        return records.get_any(session, uid)


def step(portal: Portal, uid: str, name: str, **more: Any) -> None:
    do(portal, records.transition, uid, name, version=now(portal, uid).version, reason="试", **more)


def dispose(portal: Portal, uid: str, to: Override, **more: Any) -> Referral:
    made: Referral = do(
        portal,
        records.dispose,
        uid,
        version=now(portal, uid).version,
        override=to,
        reason="依法应由人民调解先行",
        **more,
    )
    return made


def story(portal: Portal, uid: str) -> list[Any]:
    with portal.reading(SYSTEM) as session:
        return records.history(portal, session, records.get_any(session, uid))


def told(portal: Portal, uid: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in story(portal, uid)]


def entries(portal: Portal, uid: str) -> int:
    with portal.reading(SYSTEM) as session:
        return len(session.scalars(select(AuditEntry).where(AuditEntry.object_id == uid)).all())


HANDOVER = {
    "period_told": True,
    "period_note": "自收到之日起十五日内起诉",
    "organ": "西山区人民法院",
    "basis": "《中华人民共和国民事诉讼法》",
}
RETURNING = {"kind": "not_competent", "grounds": "不属于本单位职责范围", "law": "《人民调解法》第二条"}


def test_in_xishan_sending_returning_and_sending_again_moves_the_case_each_time(portal: Portal) -> None:
    uid = case(portal)
    first = dispose(portal, uid, DEPARTMENT)
    assert now(portal, uid).stage == "intake", "nothing is sent on from intake by this route: the stage stays"
    do(portal, records.referral, first.uid, "revoke", reason="先受理再交办")
    step(portal, uid, "accept")
    analysed = {"grade": "ordinary", "findings": "双方对定金是否退还有争议", "conclusion": "mediate"}
    step(portal, uid, "submit_analysis", form=analysed)
    assert now(portal, uid).stage == "assign"
    before, version = entries(portal, uid), now(portal, uid).version
    lead = dispose(portal, uid, DEPARTMENT)
    found = now(portal, uid)
    assert (found.stage, found.version) == ("mediate", version + 1)
    assert entries(portal, uid) == before + 1, "one act, one entry"
    assert told(portal, uid)[:4] == [
        (EFFECT, "issue_document"),
        ("paper", "issued"),
        ("transition", "assign_out"),
        ("dispose", "R01"),
    ]
    form = next(one for one in story(portal, uid) if one.kind == "transition").data["form"]
    assert form["route"] == "R01"
    assert form["grounds"] == "依法应由人民调解先行"
    assert form["lead"]
    with pytest.raises(StepForm) as refused:
        do(portal, records.referral, lead.uid, "return", reason="不属本单位")
    assert {one.pointer for one in refused.value.problems} >= {"/form/kind"}
    assert now(portal, uid).handler_unit_id == lead.to_unit_id, "nothing of it is stored"
    do(portal, records.referral, lead.uid, "return", reason="不属本单位", form=RETURNING)
    found = now(portal, uid)
    assert (found.stage, found.handler_unit_id) == ("assign", None)
    assert told(portal, uid)[:2] == [("transition", "return_back"), ("referral", "return")]


def test_another_procedure_takes_its_own_step_and_asks_what_the_referral_does_not_say(portal: Portal) -> None:
    uid = case(portal)
    with pytest.raises(StepForm) as refused:
        dispose(portal, uid, COURT)
    assert [one.pointer for one in refused.value.problems] == ["/form/period_told"]
    assert refused.value.filled["route"] == "R05", "what is known is filled in"
    dispose(portal, uid, COURT, form=HANDOVER)
    assert told(portal, uid)[:3] == [
        (EFFECT, "issue_document"),
        ("paper", "issued"),
        ("transition", "hand_over"),
    ]
    assert now(portal, uid).stage == "mediate"


def test_assisting_referrals_move_nothing(portal: Portal) -> None:
    uid = case(portal)
    to = Override({"department": "people_mediation"}, route="R01", assist=("justice",))
    dispose(portal, uid, to)
    stage = now(portal, uid).stage
    with portal.reading(SYSTEM) as session:
        helper = session.scalars(
            select(Referral).where(Referral.lead.is_(False), Referral.record_id == now(portal, uid).id)
        ).one()
    do(portal, records.referral, helper.uid, "return", reason="无法协助")
    assert now(portal, uid).stage == stage
    assert told(portal, uid)[0] == ("referral", "return")


def test_in_kunming_the_route_chooses_between_two_steps(portal: Portal) -> None:
    uid = case(portal, "530100")
    assert now(portal, uid).stage == "intake"
    made = dispose(portal, uid, Override({"tier": "centre"}, route="R05"), form=HANDOVER)
    assert now(portal, uid).stage == "adjudicate"
    assert told(portal, uid)[:3] == [
        (EFFECT, "issue_document"),
        ("paper", "issued"),
        ("transition", "analysis_to_procedure"),
    ]
    do(portal, records.referral, made.uid, "accept")
    assert now(portal, uid).stage == "adjudicate"
    done = {"process": "开庭审理并宣判", "result": "判决支付", "unit": "法院"}
    do(portal, records.referral, made.uid, "done", reason="已经判决", form=done)
    assert told(portal, uid)[:2] == [("transition", "report_decision"), ("referral", "done")]


def test_a_document_that_a_step_issued_is_not_left_to_be_done(portal: Portal) -> None:
    uid = case(portal, "530100")
    dispose(portal, uid, Override({"tier": "centre"}, route="R05"), form=HANDOVER)
    (row,) = [one for one in story(portal, uid) if one.kind == EFFECT]
    assert row.data == {"said": {"document": "W20"}, "open": False}
    (paper,) = [one for one in story(portal, uid) if one.kind == "paper"]
    assert paper.data["document"] == "W20"


# -- effects -----------------------------------------------------------------------------------


def test_there_is_a_performer_for_every_effect_of_steps() -> None:
    assert {name for name, one in EFFECTS.items() if "steps" in one.where} == set(PERFORMERS)


def test_parameters_come_from_literals_form_data_and_the_accepted_proposal() -> None:
    sources = Sources(
        {"route": "R02", "none": ""}, {"grade": "complex"}, {"to": {"tier": "up"}, "deadline": "T50"}
    )
    effect = {
        "do": "refer",
        "route": {"form": "/route"},
        "mode": "joint",
        "to": {"proposal": True},
        "deadline": {"data": "/missing"},
        "assist": {"form": "/none"},
    }
    assert sources.resolved(effect) == {"route": "R02", "mode": "joint", "to": {"tier": "up"}}
    assert sources.resolved({"do": "grade", "grade": {"data": "/grade"}}) == {"grade": "complex"}


def outbox(portal: Portal, topic: str) -> list[dict[str, Any]]:
    with portal.reading(SYSTEM) as session:
        rows = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == topic).order_by(OutboxMessage.id)
        )
        return [row.payload for row in rows]


def test_each_effect_is_performed(portal: Portal) -> None:
    """Every performer once, by a step made of literals; what is left to be done says so."""
    from portal.core.acts import TAKE_STEP
    from portal.core.events import Happening
    from portal.services.records.acts.loading import load
    from portal.services.records.acts.performing import perform
    from portal.services.records.handling.step_effects import effects

    uid, other = case(portal), case(portal)
    bundle_deadline = "T50"
    then = [
        {"do": "refer", "route": "R01", "to": {"department": "people_mediation"}},
        {"do": "require", "documents": ["W10"]},
        {"do": "flag", "flag": "group", "level": "warning"},
        {"do": "notify", "roles": ["director"]},
        {"do": "suggest_stage", "stage": "appraise"},
        {"do": "grade", "grade": "complex"},
        {"do": "deadline", "deadline": bundle_deadline},
        {"do": "pause_deadline", "deadline": bundle_deadline},
        {"do": "resume_deadline", "deadline": bundle_deadline},
        {"do": "extend_deadline", "deadline": bundle_deadline, "n": 5, "unit": "workday"},
        {"do": "end_deadline", "deadline": bundle_deadline},
        {"do": "create_task", "task": "tell_ways"},
        {"do": "tasks_of_rows", "rows": [{"what": "约见"}], "words": "what"},
        {"do": "issue_document", "document": "W04"},
        {"do": "open_session"},
        {"do": "link", "record": other, "as": "found"},
        {"do": "open_record", "entity": "sheet"},
        {"do": "send_to", "unit": "530112:justice"},
        {"do": "step_of_opener", "step": "end_supervision"},
        {"do": "open_lane", "lane": "supervise"},
        {"do": "close_lane", "lane": "supervise"},
    ]
    assert {one["do"] for one in then} == set(PERFORMERS), "a performer that no test performs"
    with portal.writing(SYSTEM) as uow:
        with perform(uow, TAKE_STEP, load(uow.session, uid)) as act:
            act.happened(Happening("step", "start_supervision", payload={"form": ORDER}))
            effects(act, then, Sources())
        uow.commit()
    found = now(portal, uid)
    assert (found.grade, found.data["grade"]) == ("complex", "complex")
    assert found.lanes == {"supervise": "closed"}
    assert found.handler_unit_id is not None
    rows = {one.name: one.data["open"] for one in story(portal, uid) if one.kind == EFFECT}
    assert {name for name, is_open in rows.items() if is_open} == {"require"}
    with portal.reading(SYSTEM) as session:
        (opened,) = session.scalars(select(Record).where(Record.parent_id == found.id)).all()
        assert (opened.etype, opened.stage) == ("session", "planned")
    with portal.reading(SYSTEM) as session:
        links = {one.kind: one.other for one in records.links_of(session, records.get_any(session, uid))}
    tied = {kind: one.etype if one.uid != other else "the other" for kind, one in links.items() if one}
    assert tied == {"found": "the other", records.OPENED: "sheet"}
    assert outbox(portal, "rules.notify")[-1]["roles"] == ["director"]
    assert outbox(portal, "referral.sent")[-1]["record"] == uid
    with portal.reading(SYSTEM) as session:
        clocks = list(records.clocks_of(portal, session, records.get_any(session, uid)))
    assert any(one.row.deadline == bundle_deadline for one in clocks)


def test_an_effect_whose_source_is_empty_is_left_to_be_done(portal: Portal) -> None:
    from portal.core.acts import TAKE_STEP
    from portal.services.records.acts.loading import load
    from portal.services.records.acts.performing import perform
    from portal.services.records.handling.step_effects import effects

    uid = case(portal)
    with portal.writing(SYSTEM) as uow:
        with perform(uow, TAKE_STEP, load(uow.session, uid)) as act:
            effects(act, [{"do": "grade", "grade": {"form": "/grade"}}], Sources())
        uow.commit()
    assert story(portal, uid)[0].data == {"said": {}, "open": True}
    assert now(portal, uid).grade is None


@pytest.mark.parametrize(
    ("effect", "entered"),
    [
        ({"do": "grade", "grade": {"form": "/x"}}, "gravest"),
        ({"do": "grade", "grade": {"form": "/x"}}, "x" * 300),
        ({"do": "grade", "grade": {"form": "/x"}}, ["simple"]),
        ({"do": "grade", "grade": {"form": "/x"}}, 5),
        ({"do": "open_lane", "lane": {"form": "/x"}}, "nowhere"),
        ({"do": "open_lane", "lane": {"form": "/x"}}, ["supervise"]),
        ({"do": "deadline", "deadline": {"form": "/x"}}, "T9999"),
        ({"do": "pause_deadline", "deadline": {"form": "/x"}}, {"T50": 1}),
        ({"do": "notify", "roles": {"form": "/x"}}, "director"),
        ({"do": "notify", "departments": {"form": "/x"}}, ["nobody"]),
        ({"do": "refer", "to": {"form": "/x"}}, "justice"),
        *(
            ({"do": "extend_deadline", "deadline": "T50", "n": {"form": "/x"}}, n)
            for n in (0, -5, 10**9, 2.5, "7")
        ),
    ],
)
def test_an_effect_whose_source_holds_no_such_thing_is_left_to_be_done(
    portal: Portal, effect: dict[str, Any], entered: Any
) -> None:
    from portal.core.acts import TAKE_STEP
    from portal.services.records.acts.loading import load
    from portal.services.records.acts.performing import perform
    from portal.services.records.handling.step_effects import effects

    uid = case(portal)
    before, called = now(portal, uid), outbox(portal, "rules.notify")
    with portal.writing(SYSTEM) as uow:
        with perform(uow, TAKE_STEP, load(uow.session, uid)) as act:
            effects(act, [effect], Sources({"x": entered}))
        uow.commit()
    told = story(portal, uid)[0].data
    assert told["open"]
    assert entered not in told["said"].values()
    found = now(portal, uid)
    assert (found.grade, found.lanes, found.handler_path) == (None, before.lanes, None)
    assert outbox(portal, "rules.notify") == called


# -- grade -------------------------------------------------------------------------------------


def test_a_person_accepts_the_grade_and_another_one_needs_a_reason(portal: Portal) -> None:
    uid = case(portal)
    do(portal, records.accept_grade, uid, "complex", version=1, proposed=True)
    found = now(portal, uid)
    assert (found.grade, found.data["grade"], found.version) == ("complex", "complex", 2)
    assert told(portal, uid)[0] == ("grade", "complex")
    with pytest.raises(InvalidInput):
        do(portal, records.accept_grade, uid, "simple", version=2, proposed=False)
    with pytest.raises(InvalidInput):
        do(portal, records.accept_grade, uid, "person_of_interest", version=2, proposed=True)
    do(portal, records.accept_grade, uid, "simple", version=2, proposed=False, reason="事实清楚")
    assert now(portal, uid).grade == "simple"
    assert outbox(portal, "record.grade")[-1]["grade"] == "simple"
