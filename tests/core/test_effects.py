"""Effects: one registration, and schema, check, merge key, words and documents know it."""

from __future__ import annotations

import jsonschema
import pytest

from portal.core import effects
from portal.core.documented import BLOCKS
from portal.core.effects import BOTH, EFFECTS, Effect, Parameter
from portal.core.packs import schemas
from portal.core.packs.merge_types import MergeType
from portal.core.rules import check_rule_set
from portal.web.api.openapi.parts import schemas as api_schemas

CODE = {"type": "string", "pattern": "^[A-Z][0-9]+$"}
LEND = Effect(
    "lend_room",
    "Lend a room",
    {"room": Parameter(CODE, "room"), "hours": Parameter({"type": "integer"})},
    BOTH,
    needs=(("room",),),
    key=("room",),
)


def rule_set(*then):
    return {
        "title": "规则",
        "purpose": "referral",
        "inputs": {"amount": {"title": "金额", "type": "money", "from": "/amount"}},
        "rules": {"one": {"title": "一", "priority": 1, "reason": "理由", "then": list(then)}},
    }


def lifecycle(*then):
    return {
        "entity": "case",
        "title": "流程",
        "stages": {"a": {"title": "甲", "canonical": "intake", "initial": True, "final": True}},
        "transitions": {
            "go": {"title": "走", "from": ["a"], "to": "a", "roles": ["clerk"], "then": list(then)}
        },
    }


def test_an_effect_from_outside_is_known_everywhere_after_one_registration():
    lend = {"do": "lend_room", "room": "A1", "hours": 2}
    assert [problem.pointer for problem in check_rule_set(rule_set(lend))] == ["/rules/one/then/0/do"]
    assert schemas.check_complete("lifecycle", lifecycle(lend)) != []
    with EFFECTS.with_entry(LEND):
        assert check_rule_set(rule_set(lend)) == []
        assert schemas.check_complete("lifecycle", lifecycle(lend)) == []
        assert schemas.check_complete("lifecycle", lifecycle({**lend, "hours": {"form": "/hours"}})) == []
        (wrong,) = schemas.check_complete("lifecycle", lifecycle({**lend, "colour": "red"}))
        assert (wrong.code, wrong.pointer) == ("schema.unknown_key", "/transitions/go/then/0/colour")
        assert check_rule_set(rule_set({"do": "lend_room"})) != []
        assert [found.kind for found in effects.named(lend)] == ["room"]
        by_target = MergeType.parse("by:do+target")
        assert by_target.same_entry(lend, {**lend, "hours": 3})
        assert not by_target.same_entry(lend, {**lend, "room": "A2"})
        assert "`lend_room` | Lend a room" in BLOCKS["effects"]()
        document = api_schemas()["Decision"]["properties"]["effects"]
        assert "lend_room" in document["items"]["properties"]["do"]["enum"]
    assert "lend_room" not in EFFECTS


@pytest.mark.parametrize("name", EFFECTS)
def test_rules_write_literals_and_steps_may_look_up(name):
    effect = EFFECTS[name]
    assert effect.words[0].isupper()
    assert set(effect.key) <= set(effect.parameters)
    for where in effect.where:
        body = schemas._inlined(effect.schema(where))
        jsonschema.Draft202012Validator.check_schema(body)
        looked_up = {"do": name, **{key: {"data": "/amount"} for key in effect.parameters}}
        assert jsonschema.Draft202012Validator(body).is_valid(looked_up) is (where == "steps")


def test_two_effects_are_one_by_their_key():
    refer = EFFECTS["refer"]
    one = {"do": "refer", "route": "R01", "to": {"department": "justice"}, "mode": "fast"}
    assert refer.identity(one) == refer.identity({**one, "mode": "joint"})
    assert refer.identity(one) != refer.identity({**one, "route": "R02"})
    assert EFFECTS["grade"].single
    assert not refer.single


def test_what_is_looked_up_is_told_with_its_place():
    raw = {"do": "refer", "route": {"form": "/route"}, "to": {"proposal": True}, "mode": "fast"}
    assert list(effects.sources(raw, "/then/0")) == [
        ("form", "/route", "/then/0/route/form"),
        ("proposal", True, "/then/0/to/proposal"),
    ]
    assert [(found.kind, found.id) for found in effects.named(raw)] == [("mode", "fast")]
