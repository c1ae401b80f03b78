"""Rules know the listed operators and nothing else; whatever looks like code is refused when it is saved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.conftest import PACK, County

# An amount that no example of the packs above has.
WHEN = {"field": "amount", "op": "eq", "value": 20007}
CODE: dict[str, Any] = {
    "operator_import": {"field": "amount", "op": "import", "value": "os"},
    "operator_call": {"field": "amount", "op": "call", "value": "os.system"},
    "operator_power": {"field": "amount", "op": "pow", "value": 9},
    "operator_stars": {"field": "amount", "op": "**", "value": 9},
    "operator_dunder": {"field": "amount", "op": "__class__", "value": 1},
    "attribute": {"field": "amount.__class__", "op": "gte", "value": 1},
    "expression": {"field": "amount", "op": "gte", "value": {"$mul": [9, 9]}},
    "text": "__import__('os').system('id')",
    "engine": {"$and": [{"amount": 1}]},
}


def rule(when: Any) -> dict[str, Any]:
    then = [{"do": "grade", "grade": "complex"}]
    return {"title": "规则", "priority": 1, "when": when, "reason": "理由", "basis": "依据", "then": then}


def test_everything_that_looks_like_code_is_refused_at_once(county: County) -> None:
    before = county.state()
    county.write("rule_sets", "referral", {"rules": {name: rule(when) for name, when in CODE.items()}})
    refused = county.publish()
    assert refused.exit_code == 1
    for name in CODE:
        assert f"rule_sets/{PACK}/referral.json: /rules/{name}/when" in refused.output, name
    assert county.state() == before


@pytest.mark.parametrize("depth", [9, 5000])
def test_deep_expressions_are_refused(county: County, depth: int) -> None:
    before = county.state()
    when = b'{"all": [' * depth + b'{"field": "amount", "op": "gte", "value": 1}' + b"]}" * depth
    head = (
        b'{"rules": {"deep": {"title": "x", "priority": 1, "reason": "x", "basis": "x", "then": [], "when": '
    )
    county.write("rule_sets", "referral", head + when + b"}}}")
    refused = county.publish()
    assert refused.exit_code == 1
    assert f"rule_sets/{PACK}/referral.json" in refused.output
    assert "Traceback" not in refused.output
    assert county.state() == before


def test_a_listed_operator_is_published(county: County) -> None:
    """The same rule with a listed operator passes: it is the operator that was refused."""
    county.rules({"rules": {"plain": rule(WHEN)}}, "规则", "理由", "依据")
    done = county.publish()
    assert done.exit_code == 0, done.output
