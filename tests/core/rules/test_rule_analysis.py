"""The analysis finds what is planted, shows it by inputs that are decided so, and raises no false alarm."""

from __future__ import annotations

import copy
import random
from datetime import date
from typing import Any

import pytest

from portal.core.conditions import Env, evaluate
from portal.core.rules import RuleSet, compile_rule_set
from portal.core.rules.analysis import Finding, analyse
from portal.core.rules.inputs import project
from tests.core.rules.planted import TAXONOMIES, Json, Maker, Planted, planted_set
from tests.core.rules.whole_space import Truth, WholeSpace

DAY = date(2026, 5, 6)


def compiled(definition: Json) -> RuleSet:
    return compile_rule_set(definition, taxonomies=TAXONOMIES, trusted=True)


def found(definition: Json, **known: Any) -> list[Finding]:
    return analyse(compiled(definition), day=DAY, **known)


def check_witnesses(rules: RuleSet, findings: list[Finding]) -> None:
    """Decide every witness: what the finding says is so."""
    for finding in findings:
        if finding.witness is None:
            assert finding.kind in ("dead", "incomplete")
            continue
        shown = finding.witness
        decision = rules.decide(shown.facts, today=shown.today, counts=shown.counts)
        holding = holds(rules, finding)
        assert not decision.ignored
        if finding.kind == "hidden":
            assert finding.rules[0] in holding
            assert finding.rules[0] not in [rule.id for rule in decision.fired]
        elif finding.kind == "conflict":
            assert set(finding.rules) <= holding
        elif finding.kind == "gap":
            assert decision.of(finding.do) == ()
        else:
            assert finding.rules[0] in holding
            assert decision.ruled_out


def holds(rules: RuleSet, finding: Finding) -> set[str]:
    shown = finding.witness
    assert shown is not None
    values = project(rules.inputs, shown.facts, shown.counts).values
    env = Env(shown.today, taxonomies=dict(rules.taxonomies))
    return {rule.id for rule in rules.rules if rule.holds(values, env)}


def missed(planted: Planted, rules: RuleSet, findings: list[Finding]) -> list[str]:
    """Return what was planted and not found."""
    of_kind = {kind: [one for one in findings if one.kind == kind] for kind in ("conflict", "gap")}
    known = {(one.kind, one.rules[0]) for one in findings if one.rules}
    pairs = {frozenset(one.rules) for one in of_kind["conflict"]}
    lost = [
        f"{kind} {sorted(names)}"
        for kind, names in planted.wanted
        if (names not in pairs if kind == "conflict" else not any((kind, name) in known for name in names))
    ]
    for empty in planted.empty:
        gone = copy.deepcopy(planted.definition)
        gone["rules"] = {"gone": empty}
        condition = compiled(gone).rules[0].condition
        assert condition is not None
        if not any(
            evaluate(
                condition,
                project(rules.inputs, one.witness.facts, {}).values,
                Env(DAY, taxonomies=dict(TAXONOMIES)),
            )
            for one in of_kind["gap"]
            if one.witness is not None
        ):
            lost.append(f"gap where {empty['title']} was")
    return lost


def differing(rules: RuleSet, findings: list[Finding], most: int) -> list[str]:
    """Return where the findings differ from what trying every input shows; nothing where there are too many inputs."""
    space = WholeSpace(rules, DAY)
    if space.size > most:
        return ["too large"]
    truth = Truth.of(space)
    of_kind: dict[str, set[Any]] = {"dead": set(), "hidden": set(), "ruled_out": set()}
    for one in findings:
        of_kind.setdefault(one.kind, set()).add(
            one.rules[0] if one.kind in ("dead", "hidden", "ruled_out") else frozenset(one.rules)
        )
    pairs = (
        ("dead", of_kind["dead"], truth.dead),
        ("hidden", of_kind["hidden"] | of_kind["ruled_out"], truth.hidden),
        ("conflict", of_kind.get("conflict", set()), truth.conflicts),
        ("gap", "gap" in of_kind, truth.gap),
    )
    return [f"{kind}: {ours} is not {real}" for kind, ours, real in pairs if ours != real]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_planted_is_found_and_nothing_else(seed: int) -> None:
    planted = planted_set(seed, 3 + seed % 3, 6 + seed, literals=5)
    rules = compiled(planted.definition)
    findings = analyse(rules, day=DAY)
    assert missed(planted, rules, findings) == []
    check_witnesses(rules, findings)
    assert differing(rules, findings, 200_000) == []


@pytest.mark.parametrize("hit", ["all", "first"])
@pytest.mark.parametrize("inputs", [4, 8])
def test_sets_without_defects_are_left_in_peace(hit: str, inputs: int) -> None:
    for seed in range(4):
        assert found(Maker(random.Random(seed), inputs, 40, hit).whole().definition) == []
