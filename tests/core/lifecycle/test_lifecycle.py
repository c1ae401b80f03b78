from __future__ import annotations

import copy
from datetime import date

import pytest

from portal.core.conditions import Env, leaving_out, parse
from portal.core.errors import Conflict, DefinitionError, Forbidden, InvalidInput
from portal.core.lifecycle import check_lifecycle, compile_lifecycle

ENV = Env(date(2026, 5, 6))
WUHUA = {
    "entity": "case",
    "title": "三段",
    "stages": {
        "front": {"title": "前端受理", "canonical": "intake", "order": 10, "initial": True},
        "middle": {"title": "中端分流", "canonical": "assign", "order": 20},
        "back": {"title": "后端督办", "canonical": "supervise", "order": 30},
        "closed": {"title": "办结", "canonical": "close", "order": 90, "final": True, "listed": False},
        "watch": {"title": "督查", "canonical": "supervise", "order": 50, "parallel": True},
    },
    "transitions": {
        "divert": {
            "title": "分流",
            "from": ["front"],
            "to": "middle",
            "roles": ["clerk", "triage"],
            "when": {"all": [{"field": "/data/summary", "op": "exists"}]},
            "order": 2,
            "primary": True,
        },
        "hand_over": {
            "title": "转督办",
            "from": ["middle"],
            "to": "back",
            "roles": ["triage"],
            "reason": "required",
        },
        "close": {
            "title": "办结",
            "from": ["back"],
            "to": "closed",
            "roles": ["triage"],
            "form": "closing",
            "when": {"all": [{"field": "/form/result", "op": "eq", "value": "agreed"}]},
        },
        "reopen": {"title": "重启", "from": ["closed"], "to": "front", "roles": ["triage"]},
        "watch": {
            "title": "督查",
            "from": ["*"],
            "lane": "watch",
            "set": "open",
            "roles": ["inspector"],
            "order": 1,
        },
        "unwatch": {
            "title": "结束督查",
            "from": ["*"],
            "lane": "watch",
            "set": "closed",
            "roles": ["inspector"],
        },
    },
}


@pytest.fixture
def lifecycle():
    return compile_lifecycle(WUHUA, lifecycle_id="case")


def names(offers):
    return [offer.transition.id for offer in offers]


def test_stages_are_in_order_and_know_their_canonical_stage(lifecycle):
    assert lifecycle.initial.id == "front"
    assert [stage.id for stage in lifecycle.listed_stages()] == ["front", "middle", "back", "watch"]
    assert lifecycle.stage("closed").canonical == "close"
    assert [lane.id for lane in lifecycle.lanes()] == ["watch"]
    with pytest.raises(KeyError):
        lifecycle.stage("nowhere")


def test_only_steps_of_ones_roles_and_stage_are_offered(lifecycle):
    facts = {"data": {"summary": "x"}}
    assert names(lifecycle.available("front", {"clerk"}, facts, ENV)) == ["divert"]
    assert names(lifecycle.available("front", {"clerk", "inspector"}, facts, ENV)) == ["divert", "watch"]
    assert names(lifecycle.available("middle", {"clerk"}, facts, ENV)) == []
    assert names(lifecycle.available("closed", {"inspector", "triage"}, facts, ENV)) == ["reopen"]


def test_a_failing_guard_blocks_and_says_why(lifecycle):
    (offer,) = lifecycle.available("front", {"clerk"}, {"data": {}}, ENV)
    assert not offer.allowed
    assert [trace.field for trace in offer.blocked] == ["/data/summary"]
    with pytest.raises(Forbidden, match=r"lifecycle\.guard") as refused:
        lifecycle.apply("divert", "front", {"clerk"}, {"data": {}}, ENV)
    assert "/data/summary" in refused.value.text()


def test_a_lane_is_offered_only_when_it_changes_something(lifecycle):
    assert names(lifecycle.available("front", {"inspector"}, {}, ENV, {"watch": "open"})) == ["unwatch"]
    move = lifecycle.apply("watch", "middle", {"inspector"}, {}, ENV)
    assert (move.to_stage.id, move.lane, move.lane_state) == ("middle", "watch", "open")
    with pytest.raises(Conflict, match=r"lifecycle\.lane"):
        lifecycle.apply("watch", "middle", {"inspector"}, {}, ENV, {"watch": "open"})


def test_a_guard_over_the_form_waits_for_the_form(lifecycle):
    (offer,) = lifecycle.available("back", {"triage"}, {"data": {}}, ENV)
    assert offer.allowed
    with pytest.raises(Forbidden, match=r"lifecycle\.guard"):
        lifecycle.apply("close", "back", {"triage"}, {"data": {}, "form": {"result": "failed"}}, ENV)
    move = lifecycle.apply("close", "back", {"triage"}, {"data": {}, "form": {"result": "agreed"}}, ENV)
    assert (move.from_stage.id, move.to_stage.id, move.to_stage.final) == ("back", "closed", True)


def test_wrong_stage_wrong_role_and_missing_reason_are_told_apart(lifecycle):
    with pytest.raises(Conflict, match=r"lifecycle\.stage"):
        lifecycle.apply("hand_over", "front", {"triage"}, {}, ENV, reason="x")
    with pytest.raises(Conflict, match=r"lifecycle\.stage"):
        lifecycle.apply("teleport", "front", {"triage"}, {}, ENV)
    with pytest.raises(Forbidden, match=r"lifecycle\.role"):
        lifecycle.apply("hand_over", "middle", {"clerk"}, {}, ENV, reason="x")
    with pytest.raises(InvalidInput) as missing:
        lifecycle.apply("hand_over", "middle", {"triage"}, {}, ENV, reason="  ")
    assert missing.value.problems[0].pointer == "/reason"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (lambda d: d["stages"]["middle"].update(initial=True), "lifecycle.initial", "/stages"),
        (lambda d: d["stages"]["front"].pop("initial"), "lifecycle.initial", "/stages"),
        (lambda d: d["stages"]["closed"].pop("final"), "lifecycle.final", "/stages"),
        (lambda d: d["transitions"].pop("divert"), "lifecycle.unreachable", "/stages/middle"),
        (lambda d: d["transitions"]["divert"].update(hidden=True), "lifecycle.unreachable", "/stages/back"),
        (lambda d: d["transitions"].pop("close"), "lifecycle.dead_end", "/stages/back"),
        (lambda d: d["transitions"]["divert"].update(to="end"), "lifecycle.stage", "/transitions/divert/to"),
        (
            lambda d: d["transitions"]["divert"].update(to="watch"),
            "lifecycle.parallel",
            "/transitions/divert/to",
        ),
        (
            lambda d: d["transitions"]["watch"].update(lane="back"),
            "lifecycle.lane",
            "/transitions/watch/lane",
        ),
        (
            lambda d: d["transitions"]["divert"].update({"from": ["front", "x"]}),
            "lifecycle.stage",
            "/transitions/divert/from/1",
        ),
    ],
)
def test_a_broken_lifecycle_is_refused_with_the_place(change, code, pointer):
    broken = copy.deepcopy(WUHUA)
    change(broken)
    problems = check_lifecycle(broken, file="f")
    assert (code, pointer) in {(problem.code, problem.pointer) for problem in problems}
    assert all(problem.remedy for problem in problems)
    with pytest.raises(DefinitionError):
        compile_lifecycle(broken)


def test_a_bad_guard_is_refused():
    broken = copy.deepcopy(WUHUA)
    broken["transitions"]["divert"]["when"] = {"all": [{"field": "/data/x", "op": "like", "value": 1}]}
    assert [p.pointer for p in check_lifecycle(broken)] == ["/transitions/divert/when/all/0/op"]


def referred():
    definition = copy.deepcopy(WUHUA)
    mediation = {"field": "/referral/route", "op": "eq", "value": "R01"}
    steps = definition["transitions"]
    steps["divert"] |= {"on": "referral.sent", "when": {"all": [*steps["divert"]["when"]["all"], mediation]}}
    steps["hand_over"] |= {"from": ["front", "middle"], "on": "referral.sent", "when": {"none": [mediation]}}
    steps["close"]["on"] = "referral.done"
    steps["divert"] |= {"then": [{"do": "create_task", "task": "tell"}]}
    return compile_lifecycle(definition)


def performed(lifecycle, event, stage, **facts):
    step = lifecycle.performed_by(event, stage, facts, ENV)
    return step and step.id


def test_a_referral_performs_the_step_whose_guard_lets_its_route_through():
    lifecycle, data = referred(), {"summary": "x"}
    assert performed(lifecycle, "referral.sent", "front", data=data, referral={"route": "R01"}) == "divert"
    assert performed(lifecycle, "referral.sent", "front", data=data, referral={"route": "R05"}) == "hand_over"
    assert performed(lifecycle, "referral.sent", "front", data={}, referral={"route": "R01"}) is None
    assert performed(lifecycle, "referral.sent", "middle", data=data, referral={"route": "R01"}) is None
    assert performed(lifecycle, "referral.returned", "front", data=data, referral={"route": "R01"}) is None


def test_what_a_guard_asks_of_the_form_waits_for_the_form():
    lifecycle, referral = referred(), {"route": "R01"}
    assert performed(lifecycle, "referral.done", "back", data={}, referral=referral) == "close"
    failed = {"data": {}, "referral": referral, "form": {"result": "failed"}}
    assert performed(lifecycle, "referral.done", "back", **failed) is None


def test_a_step_on_a_referral_can_still_be_taken_by_hand():
    lifecycle, facts = referred(), {"data": {"summary": "x"}}
    assert names(lifecycle.available("front", {"triage"}, facts, ENV)) == ["divert", "hand_over"]
    assert all(offer.allowed for offer in lifecycle.available("front", {"triage"}, facts, ENV))
    assert not lifecycle.available("front", {"clerk"}, {"data": {}}, ENV)[0].allowed, (
        "the rest of the guard counts"
    )
    assert lifecycle.apply("divert", "front", {"clerk"}, facts, ENV).to_stage.id == "middle"
    assert lifecycle.apply("hand_over", "front", {"triage"}, facts, ENV, reason="x").to_stage.id == "back"
    with pytest.raises(Forbidden, match=r"lifecycle\.guard"):
        lifecycle.apply("divert", "front", {"clerk"}, {**facts, "referral": {"route": "R05"}}, ENV)
    assert lifecycle.transition("divert").then == ({"do": "create_task", "task": "tell"},)


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"field": "/referral/route", "op": "exists"}, None),
        ({"all": ["r", "d"]}, {"all": ["d"]}),
        ({"any": ["r", "d"]}, None),
        ({"none": ["r", "d"]}, {"none": ["d"]}),
        ({"none": ["r"]}, None),
        ({"all": [{"none": [{"all": ["r", "d"]}]}, "d"]}, {"all": ["d"]}),
        ({"none": [{"any": ["r", "d"]}]}, {"none": [{"any": ["d"]}]}),
        ({"none": [{"none": ["r", "d"]}]}, None),
        ({"any": [{"all": ["d", "d"]}, "d"]}, {"any": [{"all": ["d", "d"]}, "d"]}),
    ],
)
def test_what_is_asked_of_a_referral_is_taken_as_met(condition, left):
    atoms = {
        "r": {"field": "/referral/route", "op": "exists"},
        "d": {"field": "/data/summary", "op": "exists"},
    }

    def whole(value):
        if isinstance(value, str):
            return atoms[value]
        return {
            key: [whole(item) for item in inner] if isinstance(inner, list) else inner
            for key, inner in value.items()
        }

    found = leaving_out(parse(whole(condition))[0], "/referral/")
    shape = None if left is None else parse(whole(left))[0]
    assert found == shape


class TestLocks:
    def test_final_stages_lock_unless_they_say_otherwise(self) -> None:
        cycle = compile_lifecycle(WUHUA)
        assert [stage.id for stage in cycle.stages if stage.locked] == ["closed"]
        definition = copy.deepcopy(WUHUA)
        definition["stages"]["closed"]["locked"] = False
        definition["stages"]["back"]["locked"] = True
        cycle = compile_lifecycle(definition)
        assert cycle.locks("back")
        assert not cycle.locks("closed")

    def test_a_stage_that_there_is_no_more_and_no_stage_lock_nothing(self) -> None:
        cycle = compile_lifecycle(WUHUA)
        assert not cycle.locks("gone")
        assert not cycle.locks(None)

    def test_a_step_inside_of_locked_stages_changes_no_data(self) -> None:
        definition = copy.deepcopy(WUHUA)
        definition["transitions"]["note"] = {
            "title": "补记",
            "from": ["closed"],
            "to": "closed",
            "roles": ["triage"],
            "form": "note",
            "copy": {"/a": "/a"},
        }
        found = [one for one in check_lifecycle(definition) if one.code == "lifecycle.locked"]
        assert [(one.pointer, one.params["stage"]) for one in found] == [("/transitions/note/copy", "closed")]
        definition["stages"]["closed"]["locked"] = False
        assert not [one for one in check_lifecycle(definition) if one.code == "lifecycle.locked"]

    def test_a_step_that_opens_a_locked_record_may_change_data(self) -> None:
        definition = copy.deepcopy(WUHUA)
        definition["transitions"]["reopen"] = {
            "title": "重新办理",
            "from": ["closed"],
            "to": "back",
            "roles": ["triage"],
            "form": "note",
            "copy": {"/a": "/a"},
        }
        assert not [one for one in check_lifecycle(definition) if one.code == "lifecycle.locked"]


def test_what_a_guard_asks_of_the_record_counts_before_the_form_is_filled_in():
    definition = copy.deepcopy(WUHUA)
    definition["transitions"]["close"]["when"] = {
        "all": [
            {"none": [{"field": "/lanes/watch", "op": "eq", "value": "open"}]},
            {"field": "/form/result", "op": "eq", "value": "agreed"},
        ]
    }
    cycle = compile_lifecycle(definition)
    for lane, allowed in (("closed", True), ("open", False)):
        offers = cycle.available("back", {"triage"}, {"data": {}, "lanes": {"watch": lane}}, ENV)
        assert [one.allowed for one in offers if one.transition.id == "close"] == [allowed]
    with pytest.raises(Forbidden):
        cycle.apply("close", "back", {"triage"}, {"data": {}, "lanes": {}}, ENV)
