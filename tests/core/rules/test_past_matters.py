"""Rules over past matters: each count is that of a plain recomputation; what nobody kept is told, never made up."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import Any

import pytest

from portal.core.rules import RuleSet, compile_rule_set
from portal.core.rules.past import Load, Matter, Replayer, Side, Tally, Target, carried, compare
from tests.core.rules.random_sets import INPUTS, TAXONOMIES, TODAY, random_record, random_rule_set
from tests.core.rules.recomputed import Plain, matter_of, recomputed, seat_of, with_ways

DAYS = (TODAY, date(2025, 12, 31))
OLD = "then"


def made(definition: dict[str, Any]) -> RuleSet:
    return compile_rule_set(definition, taxonomies=TAXONOMIES, trusted=True)


def changed(definition: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """Return rules whose inputs have other names, some of another kind, some that read what nobody read before."""
    inputs = definition["inputs"]
    for name in choose.sample(sorted(INPUTS), choose.randint(0, 3)):
        if "count" in inputs[name]:
            inputs[name] = {**inputs[name], "count": {**inputs[name]["count"], "within_days": 30}}
        else:
            inputs[name] = {**inputs[name], "from": choose.choice(["/new", inputs[name]["from"]])}
    text = json.dumps(definition)
    for name in choose.sample(sorted(INPUTS), 3):
        text = text.replace(json.dumps(name) + ":", json.dumps(f"n_{name}") + ":")
        text = text.replace(f'"field": "{name}"', f'"field": "n_{name}"').replace("{" + name + "}", "")
    renamed: dict[str, Any] = json.loads(text)
    return renamed


@pytest.mark.parametrize("seed", range(40))
def test_each_count_is_that_of_a_plain_recomputation(seed: int) -> None:
    choose = random.Random(seed)
    old = made(with_ways(random_rule_set(choose), choose))
    new = made(changed(with_ways(random_rule_set(choose), choose), choose))
    fields = set(choose.sample(["/new", "/people", "/deep/word"], choose.randint(0, 3)))
    sides = [Side(Replayer(new), carried(new, [(OLD, old.inputs)], fields))]
    halves, plain = (Tally(), Tally()), Plain()
    for number in range(60):
        facts, counts = random_record(choose)
        facts["new"] = choose.choice(["甲", 1, None, 5, True])
        case = facts, counts, choose.choice(DAYS)
        compare(halves[number % 2], matter_of(old, str(number), *case), sides, seat_of)
        recomputed(plain, old, new, case, fields)
    whole = Tally.sum_of(json.loads(json.dumps(one.to_json())) for one in halves)
    assert Plain.of(whole) == plain
    assert whole.replayed == sum(whole.ways.values())


def simple(*rules: tuple[str, dict[str, Any], str], **inputs: Any) -> RuleSet:
    known = {"amount": INPUTS["amount"], "similar": INPUTS["similar"]} | inputs
    return made(
        {
            "title": "t",
            "purpose": "test",
            "inputs": {name: {"title": name, **one} for name, one in known.items()},
            "rules": {
                name: {
                    "title": name,
                    "priority": 100 - number,
                    "when": when,
                    "reason": "r",
                    "then": [{"do": "refer", "route": "R01", "to": {"department": to}}],
                }
                for number, (name, when, to) in enumerate(rules)
            },
        }
    )


LARGE = ("large", {"field": "amount", "op": "gte", "value": 100}, "court")
SMALL = ("small", {"field": "amount", "op": "lt", "value": 100}, "village")


def tally_of(old: RuleSet, new: RuleSet, *matters: Matter, fields: tuple[str, ...] = ()) -> Tally:
    found = Tally()
    sides = [Side(Replayer(new), carried(new, [(OLD, old.inputs)], fields))]
    for one in matters:
        compare(found, one, sides, lambda target, day: Load("", target.name))
    return found


def test_what_nobody_kept_is_told_where_something_depends_on_it_and_only_there() -> None:
    old = simple(LARGE, SMALL)
    violent = {"type": "boolean", "from": "/violent"}
    police = (
        "police",
        {
            "all": [
                {"field": "violent", "op": "eq", "value": True},
                {"field": "amount", "op": "gte", "value": 100},
            ]
        },
        "police",
    )
    new = simple(police, LARGE, SMALL, violent=violent)
    few, much = (
        matter_of(old, uid, {"amount": n, "violent": True}, {}, TODAY) for uid, n in (("a", 5), ("b", 500))
    )
    found = tally_of(old, new, few, much)
    # What costs little goes to no police in any case; of the other nobody can tell.
    assert (found.matters, found.replayed, found.unknown) == (2, 1, {("field", "violent"): 1})
    # Where the form had the field, what was entered then tells it.
    found = tally_of(old, new, few, much, fields=("/violent",))
    assert (found.replayed, found.elsewhere) == (2, 1)
    assert found.examples == {
        (Target("R01", "department", "court"), Target("R01", "department", "police")): ["b"]
    }
    assert found.loads("departments") == {"court": (1, 0), "police": (0, 1), "village": (1, 1)}


def test_an_input_is_known_by_what_it_reads_and_not_by_its_name() -> None:
    old = simple(LARGE, SMALL)
    other = simple(LARGE, SMALL, amount={"type": "money", "from": "/other"})
    matter = matter_of(old, "a", {"amount": 500, "other": 1}, {}, TODAY)
    assert tally_of(old, other, matter).unknown == {("field", "amount"): 1}
    wider = {**INPUTS["similar"], "count": {**INPUTS["similar"]["count"], "within_days": 9}}
    many = ("many", {"field": "similar", "op": "gte", "value": 3}, "court")
    counted = matter_of(old, "a", {}, {"similar": 4}, TODAY)
    assert tally_of(old, simple(many), counted).ways == {(None, Target("R01", "department", "court")): 1}
    assert tally_of(old, simple(many, similar=wider), counted).unknown == {("count", "similar"): 1}


def test_older_and_destroyed_decisions_are_counted_apart() -> None:
    old = simple(LARGE, SMALL)
    older = Matter("a", {OLD: {"facts_used": {"amount": 500}, "ignored": [], "actions": []}}, [])
    gone = Matter("b", {OLD: {"facts_used": {}, "actions": [], "destroyed": True}}, [])
    assert tally_of(old, old, older, gone).unknown == {("older", ""): 1, ("destroyed", ""): 1}
