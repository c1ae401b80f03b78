"""The compiled rules against the reference: the same verdicts, the same failed comparisons, and no text that is run."""

from __future__ import annotations

import dataclasses
import random
import re
from datetime import timedelta
from typing import Any

import pytest

from portal.core.conditions import DivisionCodes, Env, evaluate, explain
from portal.core.rules import RuleSet, compile_rule_set
from portal.core.rules.compiled import CompiledRules
from portal.core.rules.inputs import Projection, project
from tests.core.rules.random_sets import TAXONOMIES, TODAY, random_record, random_rule_set


def rule_set(raw: dict[str, Any]) -> RuleSet:
    return compile_rule_set(raw, taxonomies=TAXONOMIES, trusted=True)


def env_of(rules: RuleSet, days: int = 0) -> Env:
    today = TODAY + timedelta(days=days)
    return Env(today, taxonomies={**rules.taxonomies, "unit": DivisionCodes()})


def assert_as_the_reference(rules: RuleSet, seen: Projection, env: Env) -> int:
    """Compare verdicts and every failed comparison; return how many failed."""
    ruling = rules.compiled.function(seen.values, env)
    assert ruling.holding == [n for n, rule in enumerate(rules.rules) if rule.holds(seen.values, env)]
    assert ruling.flags == [evaluate(one, seen.values, env) for one in rules.program.flags]
    failed = 0
    for index, rule in enumerate(rules.rules):
        wanted = explain(rule.condition, seen.values, env).failed() if rule.condition else []
        found = [
            explain(atom, seen.values, env) for atom in rules.compiled.failed(index, ruling.failed[index])
        ]
        assert found == wanted
        assert [one.pointer for one in found] == [one.pointer for one in wanted]
        failed += len(found)
    return failed


@pytest.mark.parametrize("seed", range(60))
def test_random_rules_are_decided_and_explained_as_by_the_reference(seed: int) -> None:
    choose = random.Random(seed)
    rules = rule_set(random_rule_set(choose))
    for _ in range(40):
        data, counts = random_record(choose)
        seen = project(rules.inputs, data, counts)
        assert_as_the_reference(rules, seen, env_of(rules, choose.randrange(-5, 5)))


def test_what_is_said_of_silent_rules_is_what_the_reference_says() -> None:
    choose, told = random.Random(7), 0
    for _ in range(20):
        rules = rule_set(random_rule_set(choose))
        data, counts = random_record(choose)
        decision = rules.decide(data, today=TODAY, counts=counts)
        seen, env = project(rules.inputs, data, counts), env_of(rules)
        fired = {rule.id for rule in decision.fired}
        by_id = {rule.id: rule for rule in rules.rules}
        assert fired.isdisjoint(one.id for one in decision.not_fired)
        assert len(fired) + len(decision.not_fired) == len(rules.rules)
        for silent in decision.not_fired:
            rule = by_id[silent.id]
            wanted = explain(rule.condition, seen.values, env).failed() if rule.condition else []
            assert [(t.field, t.op, t.note, t.pointer) for t in silent.failed] == [
                (t.field, t.op, t.note, t.pointer) for t in wanted
            ]
            told += len(wanted)
    assert told > 100


def test_values_that_are_equal_but_of_different_types_stay_different_comparisons() -> None:
    rules = rule_set(
        {
            "title": "t",
            "purpose": "test",
            "inputs": {
                "yes": {"title": "y", "type": "boolean", "from": "/yes"},
                "number": {"title": "n", "type": "number", "from": "/number"},
            },
            "rules": {
                name: {
                    "title": "t",
                    "priority": 1,
                    "reason": "r",
                    "then": [{"do": "flag", "flag": "f"}],
                    "when": when,
                }
                for name, when in {
                    "a": {"field": "yes", "op": "eq", "value": True},
                    "b": {"field": "number", "op": "eq", "value": 1},
                    "c": {"field": "number", "op": "ne", "value": 1.5},
                }.items()
            },
        }
    )
    decision = rules.decide({"yes": True, "number": True}, today=TODAY)
    assert [rule.id for rule in decision.fired] == ["a"]
    assert [rule.id for rule in rules.decide({"yes": 1, "number": 1.0}, today=TODAY).fired] == ["b", "c"]


GENERATED = {"values", "env", "get", "today", "append", "Ruling"}
HOSTILE = [
    '"); raise SystemExit #',
    "__import__('os').abort()",
    "\n  h.append(99)",
    "{h}",
    "v0",
    "a0 or True",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_pack_says_is_run(text: str) -> None:
    rules = rule_set(
        {
            "title": text,
            "purpose": "test",
            "inputs": {"word": {"title": text, "type": "string", "from": "/word"}},
            "rules": {
                "a": {
                    "title": text,
                    "priority": 1,
                    "reason": "r",
                    "then": [{"do": "flag", "flag": "f"}],
                    "when": {
                        "any": [
                            {"field": "word", "op": "eq", "value": text},
                            {"field": "word", "op": "contains", "value": text},
                            {"field": "word", "op": "in", "value": [text, "x"]},
                        ]
                    },
                }
            },
        }
    )
    assert [rule.id for rule in rules.decide({"word": text}, today=TODAY).fired] == ["a"]
    assert_as_the_reference(rules, project(rules.inputs, {"word": "other"}, None), env_of(rules))
    code: Any = rules.compiled.function
    names = {*code.__code__.co_names, *code.__code__.co_varnames}
    assert {name for name in names if not re.fullmatch(r"[a-z][0-9]*", name)} <= GENERATED
    assert all(isinstance(one, int | bool | None) for one in code.__code__.co_consts)
    assert code.__globals__["__builtins__"] == {}


def test_a_rule_set_whose_compiled_form_differs_is_told_apart() -> None:
    rules = rule_set(random_rule_set(random.Random(3), sizes=(5,)))
    data, _ = random_record(random.Random(4))
    assert rules.is_faithful(data, TODAY)
    other = rule_set(random_rule_set(random.Random(5), sizes=(5,)))
    wrong = CompiledRules(
        lambda values, env: other.compiled.function(values, env)._replace(holding=[0, 1, 2, 3, 4, 5]), ()
    )
    mixed = dataclasses.replace(rules)
    mixed.__dict__["compiled"] = wrong
    assert not mixed.is_faithful(data, TODAY)
