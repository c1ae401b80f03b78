"""Rules that contradict one another are reported at publication; the order of writing never matters."""

from __future__ import annotations

import json
import random
from typing import Any

from portal.adapters.rule_engine import DurableRules
from portal.core.rules import compile_rule_set
from tests.acceptance.conftest import PACK, County
from tests.core.rules.random_sets import TAXONOMIES, TODAY, random_record, random_rule_set


def rule(grade: str, priority: int) -> dict[str, Any]:
    return {
        "title": "规则",
        "priority": priority,
        "when": {"field": "amount", "op": "eq", "value": 20007},
        "reason": "理由",
        "basis": "依据",
        "then": [{"do": "grade", "grade": grade}],
    }


def test_a_conflict_names_both_rules_and_is_not_published(county: County) -> None:
    before = county.state()
    county.write(
        "rule_sets", "referral", {"rules": {"one_says": rule("simple", 3), "other_says": rule("complex", 3)}}
    )
    refused = county.publish()
    assert refused.exit_code == 1
    (line,) = [line for line in refused.output.splitlines() if "[rules.conflict]" in line]
    assert line.startswith(f"error: rule_sets/{PACK}/referral.json: /rules/")
    assert "one_says" in line
    assert "other_says" in line
    assert county.state() == before
    told_apart = {"one_says": rule("simple", 3), "other_says": rule("complex", 4)}
    county.rules({"rules": told_apart}, "规则", "理由", "依据")
    done = county.publish()
    assert done.exit_code == 0, done.output


def test_a_hundred_orders_of_rules_and_facts_give_one_decision_of_the_engine() -> None:
    choose, engine = random.Random(31), DurableRules()

    def mixed(items: dict[str, Any]) -> dict[str, Any]:
        return dict(choose.sample(list(items.items()), len(items)))

    for size in (3, 8, 20):
        raw = random_rule_set(choose, (size,))
        data, counts = random_record(choose)
        outcomes = set()
        for _ in range(100):
            shuffled = {**raw, "rules": mixed(raw["rules"]), "inputs": mixed(raw["inputs"])}
            decision = compile_rule_set(shuffled, taxonomies=TAXONOMIES, trusted=True).decide(
                mixed(data), today=TODAY, counts=counts, engine=engine
            )
            assert (decision.engine, decision.disagreement) == ("durable_rules", False)
            outcomes.add(json.dumps(decision.to_json()))
        assert len(outcomes) == 1
