"""One plan for a case: its steps are tasks with owner and day, and a changed plan changes them; both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.persistence.models import Unit
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Owner
from tests.services.test_clocks import DAY, XISHAN
from tests.services.test_tasks import LABOUR, MEDIATION, SYSTEM, Centre, shipped

__all__ = ["shipped"]

ANALYSED = {"grade": "complex", "findings": "工资拖欠三个月，多次调解未成。", "conclusion": "joint"}
HEAD = {"goal": "结清工资，双方不再争执", "leader": "何主任"}


def on(days: int) -> str:
    return (DAY + dt.timedelta(days=days)).isoformat()


@pytest.fixture
def centre(shipped: Portal) -> Centre:
    """A case of Xishan that the people's mediators handle and the labour office assists."""
    centre = Centre(shipped)
    for name, form in (("accept", None), ("submit_analysis", ANALYSED)):
        centre.do("triage", records.transition, centre.uid, name, version=centre.record().version, form=form)
    sent(centre)
    return centre


def sent(centre: Centre) -> None:
    """Hand the case to the people's mediators, the labour office assisting."""
    override = records.Override({"department": "people_mediation"}, "R01", "", "T45", ("labour",))
    version = centre.record().version
    centre.do("director", records.dispose, centre.uid, version=version, override=override, reason="依法办理")


def plan(
    centre: Centre, *steps: dict[str, Any], who: str = "director", day: dt.date = DAY, **more: Any
) -> None:
    """Take the step of the plan with its rows."""
    version = more.pop("version", None) or centre.record().version
    form = HEAD | {"steps": list(steps)} | more
    centre.do(who, records.transition, centre.uid, "make_plan", version=version, form=form, on=day)


def opened(centre: Centre, who: str = "director") -> dict[str, Any]:
    """Return what the form of the plan opens with."""
    with centre.portal.reading(centre.who(who)) as session:
        record = records.get_any(session, centre.uid)
        offers = records.available(centre.portal, session, record)
        step = next(one.transition for one in offers if one.transition.id == "make_plan")
        return records.continued(centre.portal, session, record, step)


def standing(centre: Centre) -> dict[str, tuple[str, str, str]]:
    """Return unit, state and day of each task of the plan, by its words."""
    with centre.portal.reading(SYSTEM) as session:
        codes = {one.id: one.code for one in session.query(Unit)}
    return {
        name: (codes[one.row.unit_id], one.row.status, one.row.due_on.isoformat() if one.row.due_on else "")
        for name, one in centre.tasks().items()
    }


WAGES = {"what": "核实工资表", "unit": LABOUR, "person": "helper某", "until": on(2)}
TALK = {"what": "约双方面谈", "unit": MEDIATION, "until": on(5)}
CLOSING = {
    "method": "withdrawn",
    "summary": "申请人撤回申请。",
    "party_words": "自愿撤回",
    "remedy_told": "可以向法院起诉",
}
VISIT = {"what": "上门走访", "person": "查无此人", "until": on(9)}


def test_each_step_of_the_plan_is_a_task_of_its_owner_until_its_day(centre: Centre) -> None:
    plan(centre, WAGES, TALK, VISIT)
    assert standing(centre) == {
        "核实工资表": (LABOUR, "open", on(2)),
        "约双方面谈": (MEDIATION, "open", on(5)),
        "上门走访": (XISHAN, "open", on(9)),
    }
    owners = {name: one.row.owner_name for name, one in centre.tasks().items()}
    assert owners == {"核实工资表": "helper某", "约双方面谈": "", "上门走访": ""}
    assert centre.lists("helper", "my_tasks") == [str(centre.tasks()["核实工资表"].row.n)]


def test_a_changed_plan_changes_its_tasks_and_what_is_done_stays_done(centre: Centre) -> None:
    plan(centre, WAGES, TALK, VISIT)
    done = centre.tasks()["核实工资表"].row.n
    centre.do("helper", records.do_task, centre.uid, done, words="已核实")
    with pytest.raises(InvalidInput) as refused:
        plan(centre, WAGES, TALK | {"until": on(7)})
    assert [one.pointer for one in refused.value.problems] == ["/form/why"]
    assert standing(centre)["上门走访"][1] == "open"
    new = {"what": "起草协议", "until": on(8)}
    plan(centre, WAGES, TALK | {"until": on(7), "unit": XISHAN}, new, why="双方已同意面谈，不再上门")
    assert standing(centre) == {
        "核实工资表": (LABOUR, "done", on(2)),
        "约双方面谈": (XISHAN, "open", on(7)),
        "上门走访": (XISHAN, "dropped", on(9)),
        "起草协议": (XISHAN, "open", on(8)),
    }
    assert centre.tasks()["上门走访"].said == "双方已同意面谈，不再上门"
    assert [one.name for one in centre.history()][:3] == ["add", "assign", "drop"]


def test_the_form_opens_with_the_plan_as_its_tasks_stand_now(centre: Centre) -> None:
    assert opened(centre) == {}
    plan(centre, WAGES, TALK, VISIT, team=[{"unit": "人社局", "person": "王某"}])
    now = centre.tasks()
    centre.do("director", records.assign_task, centre.uid, now["约双方面谈"].row.n, version=1,
              owner=Owner(XISHAN), due_on=DAY + dt.timedelta(days=3))  # fmt: skip
    centre.do("director", records.drop_task, centre.uid, now["上门走访"].row.n, reason="当事人已到中心")
    found = opened(centre)
    assert found["steps"] == [WAGES, TALK | {"until": on(3), "unit": XISHAN}]
    assert {name: found[name] for name in HEAD} == HEAD
    assert found["team"] == [{"unit": "人社局", "person": "王某"}]
    before = standing(centre)
    plan(centre, *found["steps"], goal=HEAD["goal"])
    assert standing(centre) == before


def test_a_step_that_is_late_goes_on_and_only_a_new_day_must_be_to_come(centre: Centre) -> None:
    plan(centre, WAGES, TALK)
    later = DAY + dt.timedelta(days=6)
    plan(centre, WAGES, TALK, day=later)
    assert standing(centre)["核实工资表"] == (LABOUR, "open", on(2))
    for index, rows in enumerate(([WAGES | {"until": on(1)}, TALK], [WAGES, TALK | {"until": on(4)}])):
        with pytest.raises(InvalidInput) as refused:
            plan(centre, *rows, day=later)
        assert [one.pointer for one in refused.value.problems] == [f"/form/steps/{index}/until"]
    for bad in ("2026-02-30", "昨天", (DAY + dt.timedelta(days=40000)).isoformat()):
        with pytest.raises(InvalidInput) as refused:
            plan(centre, WAGES, TALK, {"what": "再谈", "until": bad}, day=later)
        assert [one.pointer for one in refused.value.problems] == ["/form/steps/2/until"]
    assert len(standing(centre)) == 2


@pytest.mark.parametrize("unit", ["530112:court", "530115", "no_such_unit", "530111"])
def test_an_owner_that_cannot_see_the_matter_is_refused_at_its_row(centre: Centre, unit: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(centre, TALK, WAGES | {"unit": unit})
    assert [one.pointer for one in refused.value.problems] == ["/form/steps/1/unit"]
    assert standing(centre) == {}


def test_a_plan_without_steps_aim_or_head_is_refused(centre: Centre) -> None:
    for lacking in ({"steps": []}, {"goal": ""}, {"leader": None}):
        form = {name: one for name, one in ({**HEAD, "steps": [TALK]} | lacking).items() if one}
        version = centre.record().version
        with pytest.raises(InvalidInput):
            centre.do("director", records.transition, centre.uid, "make_plan", version=version, form=form)
    assert standing(centre) == {}


def test_two_clicks_make_one_plan_and_a_stale_one_changes_nothing(centre: Centre) -> None:
    version = centre.record().version
    plan(centre, WAGES, TALK, version=version)
    with pytest.raises(Conflict):
        plan(centre, WAGES, TALK, VISIT, version=version)
    plan(centre, TALK, WAGES)
    assert [one[1] for one in standing(centre).values()] == ["open", "open"]
    with pytest.raises(Forbidden):
        plan(centre, TALK, WAGES, who="helper")


def test_the_same_step_at_two_units_or_on_two_days_is_two_tasks(centre: Centre) -> None:
    rows = [TALK, TALK | {"unit": LABOUR}, TALK | {"until": on(6)}, TALK]
    plan(centre, *rows)
    with centre.portal.reading(SYSTEM) as session:
        found = records.tasks_of(centre.portal, session, records.get_any(session, centre.uid))
    assert len(found) == 3
    centre.do("director", records.do_task, centre.uid, found[0].row.n)
    plan(centre, *rows[:3])
    with centre.portal.reading(SYSTEM) as session:
        found = records.tasks_of(centre.portal, session, records.get_any(session, centre.uid))
    assert [one.row.status for one in found] == ["done", "open", "open"]


def test_a_matter_taken_up_again_opens_its_plan_with_what_closing_left_undone(centre: Centre) -> None:
    plan(centre, WAGES, TALK)
    centre.do("helper", records.do_task, centre.uid, centre.tasks()["核实工资表"].row.n)
    for name, data in (
        ("close_early", CLOSING),
        ("reopen", {"ground": "relapse", "found_by": "party", "note": "当事人称又被拖欠"}),
    ):
        version = centre.record().version
        centre.do("director", records.transition, centre.uid, name, version=version, form=data)
    assert standing(centre)["约双方面谈"][1] == "dropped"
    assert [one["what"] for one in opened(centre)["steps"]] == ["核实工资表", "约双方面谈"]
    # Closing ended what the units were asked: who is to take a step is asked anew first, and is told so.
    with pytest.raises(InvalidInput) as refused:
        plan(centre, *opened(centre)["steps"])
    assert refused.value.problems[0].pointer == "/form/steps/0/unit"
    sent(centre)
    plan(centre, *opened(centre)["steps"])
    assert [one[1] for one in standing(centre).values()] == ["done", "open"]


AGREED = {
    "mediators": ["王调解"],
    "rights_told": True,
    "parties_agree": True,
    "outcome": "agreed",
    "agreement_on": on(0),
    "agreement": "分三次支付拖欠的工资。",
}


@pytest.mark.parametrize("form", ["written", "oral"])
def test_each_part_of_an_agreement_is_a_task_until_its_day(centre: Centre, form: str) -> None:
    parts = [{"what": "支付工资二千元", "until": on(days)} for days in (-1, 30, 60)]
    for more in ({"plan": parts}, {"plan": [*parts, {"what": "开具离职证明", "until": on(3)}]}, {}):
        version = centre.record().version
        data = AGREED | {"agreement_form": form} | more
        centre.do("director", records.transition, centre.uid, "record_result", version=version, form=data)
    with centre.portal.reading(SYSTEM) as session:
        record = records.get_any(session, centre.uid)
        found = records.tasks_of(centre.portal, session, record)
    assert record.data["agreement_form"] == form
    assert [(one.words, one.row.due_on) for one in found] == [
        *(("支付工资二千元", DAY + dt.timedelta(days=days)) for days in (-1, 30, 60)),
        ("开具离职证明", DAY + dt.timedelta(days=3)),
    ]
