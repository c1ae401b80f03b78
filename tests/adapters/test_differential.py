"""Engine and reference decide alike on random rule sets and records."""

from __future__ import annotations

import json
import os
import random

import pytest

from portal.adapters.rule_engine import DurableRules
from portal.core.conditions import DivisionCodes, Env
from portal.core.rules import compile_rule_set
from portal.core.rules.inputs import project
from tests.core.rules.random_sets import TAXONOMIES, TODAY, random_record, random_rule_set

PAIRS = int(os.environ.get("PORTAL_TEST_PAIRS", "4000"))
BATCHES = 20
RECORDS = 10


@pytest.mark.parametrize("seed", range(BATCHES))
def test_engine_and_reference_agree(seed: int) -> None:
    """Compare what holds, rule by rule, before the decision's own comparison could hide a difference."""
    choose = random.Random(seed)
    engine = DurableRules(max_programs=4)
    env = Env(TODAY, taxonomies={**TAXONOMIES, "unit": DivisionCodes()})
    pairs = held = 0
    while pairs < PAIRS // BATCHES:
        definition = random_rule_set(choose)
        rule_set = compile_rule_set(definition, taxonomies=TAXONOMIES, trusted=True)
        for _ in range(RECORDS):
            data, counts = random_record(choose)
            seen = project(rule_set.inputs, data, counts)
            expected = {n for n, rule in enumerate(rule_set.rules) if rule.holds(seen.values, env)}
            found = engine.matching(rule_set.program, rule_set.program.row(seen.values, env))
            assert found == expected, (seed, pairs, json.dumps(definition), repr(data), counts)
            pairs += 1
            held += len(expected)
    assert held > pairs / 2  # the pairs are not trivial
