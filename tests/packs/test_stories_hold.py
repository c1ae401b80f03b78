"""The stories, walked without a database: data fit the forms, guards let pass, rules propose what is told.

The services run the same stories for real (``portal story run``); this is the fast half of that check.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.conditions import Env, evaluate
from portal.core.errors import PortalError
from portal.core.forms import compile_form, validate
from portal.core.lifecycle import Transition, compile_lifecycle
from portal.core.packs import stories
from portal.core.referrals import ANSWERS, event_of
from portal.core.taxonomy import taxonomies

_LIBRARY = PackFiles([shipped_root()], samples=True)
STORIES = [
    (pack, story_id, story) for pack in _LIBRARY.ids() for story_id, story in stories(_LIBRARY, pack).items()
]
NONE_BEFORE = {"same_matter": 0, "similar_here": 0}


class Walk:
    """One record on its way through a story."""

    def __init__(self, shipped: Any, pack: str, today: date) -> None:
        self.bundle = shipped.bundle(pack)
        self.rules = shipped.rules(pack)
        self.lifecycle = compile_lifecycle(self.bundle["lifecycles"]["case"])
        self.turn(today)
        self.stage, self.lanes, self.data = "", {}, {}
        self.sent: dict[str, Any] = {}

    def turn(self, today: date) -> None:
        self.env = Env(today, taxonomies=taxonomies(self.bundle))

    def fit(self, form: str, data: dict[str, Any]) -> None:
        errors = validate(compile_form(self.bundle["forms"][form]), data)
        assert [(error.pointer, error.message) for error in errors] == []

    def register(self, step: dict[str, Any]) -> None:
        if step["entity"] != "case":
            self.fit(step["entity"], step["data"])
            return
        self.data = dict(step["data"])
        self.fit("case", self.data)
        self.stage = self.lifecycle.initial.id

    def change(self, step: dict[str, Any]) -> None:
        self.data |= step["data"]
        self.fit("case", self.data)

    def transition(self, step: dict[str, Any]) -> None:
        form = step.get("form", {})
        taken = self.lifecycle.transition(step["transition"])
        if taken.form:
            # Which record a name stands for is known to the services alone.
            plain = {key: value for key, value in form.items() if not str(value).startswith("@")}
            self.fit(taken.form, plain)
        facts = {"data": self.data, "stage": self.stage, "form": form, "lanes": self.lanes}
        role = step["who"].partition(":")[0]
        move = self.lifecycle.apply(
            taken.id, self.stage, [role], facts, self.env, self.lanes, step.get("reason", "")
        )
        self.stage = move.to_stage.id
        if move.lane:
            self.lanes[move.lane] = move.lane_state
        self.copied(taken, form)

    def copied(self, taken: Transition, form: dict[str, Any]) -> None:
        for source, target in taken.copy.items():
            if source[1:] in form:
                self.data[target[1:]] = form[source[1:]]

    def added(self, taken: Transition, form: dict[str, Any], unit: str) -> None:
        """Note what the step adds by the unit that takes it: a department, or a village by its code."""
        adds = taken.adds
        if adds is None or not evaluate(adds.when, {"form": form, "data": self.data}, self.env):
            return
        level = unit.partition(":")[2] or {9: "township", 12: "village"}.get(len(unit), "")
        if entry := adds.by_unit.get(level):
            held = self.data.get(adds.to[1:], [])
            self.data |= {adds.to[1:]: [*dict.fromkeys([*held, entry])], adds.ticks[1:]: True}

    def referred(self, step: dict[str, Any]) -> None:
        """Take the step that the leading referral performs, where the stage has one."""
        self.sent = step.get("proposal") or {"route": step.get("route", "")}
        self.led("sent", step)

    def answered(self, step: dict[str, Any]) -> None:
        self.led(ANSWERS[step["action"]].to, step)

    def led(self, state: str, step: dict[str, Any]) -> None:
        known = {"route": self.sent.get("route", ""), "mode": self.sent.get("mode", "")}
        facts = {"data": self.data, "stage": self.stage, "lanes": self.lanes}
        facts["referral"] = known | {"status": state, "lead": True}
        taken = self.lifecycle.performed_by(event_of(state), self.stage, facts, self.env)
        if taken is None:
            return
        form = {name: value for name, value in known.items() if value} | step.get("form", {})
        roles, reason = list(taken.roles), step.get("reason", "-")
        move = self.lifecycle.apply(
            taken.id, self.stage, roles, facts | {"form": form}, self.env, self.lanes, reason
        )
        self.stage = move.to_stage.id
        self.copied(taken, form)
        self.added(taken, form, step["who"].partition(":")[2])

    def expect(self, wanted: dict[str, Any]) -> None:
        decision = self.rules.decide(self.data, today=self.env.today, counts=NONE_BEFORE)
        actions = [{"do": action.do, **action.data} for action in decision.actions]
        if "stage" in wanted:
            assert self.stage == wanted["stage"]
        if "fired" in wanted:
            assert [rule.id for rule in decision.fired] == wanted["fired"]
        for proposal in wanted.get("proposals", ()):
            assert any(all(action.get(key) == proposal[key] for key in proposal) for action in actions)
        required = {one for a in actions for one in (*a.get("documents", ()), *a.get("steps", ()))}
        assert set(wanted.get("requires", ())) <= required
        assert set(wanted.get("flags", ())) <= {a["flag"] for a in actions if a["do"] == "flag"}


@pytest.mark.parametrize(("pack", "story_id", "story"), STORIES, ids=[f"{p}/{s}" for p, s, _ in STORIES])
def test_story(shipped, pack, story_id, story):
    walk = Walk(shipped, pack, date.fromisoformat(story["today"]))
    for step in story["steps"]:
        if "today" in step:
            walk.turn(date.fromisoformat(step["today"]))
        if step.get("do") == "register":
            walk.register(step)
        elif "record" in step:
            continue  # beside the case: what the services answer about it is told by ``portal story run``
        elif step.get("do") == "change":
            walk.change(step)
        elif step.get("do") == "transition" and "refused" in step.get("expect", {}):
            with pytest.raises(PortalError) as refused:
                walk.transition(step)
            assert refused.value.code == step["expect"]["refused"]
        elif step.get("do") == "transition":
            walk.transition(step)
        elif step.get("do") == "dispose":
            walk.referred(step)
        elif step.get("do") == "referral":
            walk.answered(step)
        elif step.get("do") == "decide":
            walk.led("sent", step)
        walk.expect(step.get("expect", {}))


def test_each_county_tells_two_stories():
    told = [pack for pack, _, _ in STORIES]
    for county in ("county/xishan", "county/jinning", "county/wuhua"):
        assert told.count(county) >= 2


def test_each_district_tells_what_it_is_known_for():
    told = {(pack, story_id) for pack, story_id, _ in STORIES}
    assert {
        ("county/zhuji", "six_workers"),
        ("county/guandu", "three_tiers_and_whistle"),
        ("county/uxin", "gacha_reports"),
        ("county/yuyang", "resident_mediator"),
        ("county/yuyang", "sudden_joint"),
    } <= told


def test_names_in_stories_are_made_up():
    for _, _, story in STORIES:
        for step in story["steps"]:
            name = step.get("data", {}).get("applicant_name", "某")
            assert "某" in name
            assert step.get("data", {}).get("applicant_phone", "1990000").startswith("1990000")
