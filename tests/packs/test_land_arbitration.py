"""What comes back from an arbitration starts the periods of its own law: those of labour, or those of rural land."""

from __future__ import annotations

from datetime import date

import pytest

from portal.core.conditions import Env, evaluate, parse
from portal.core.deadlines import periods
from portal.core.taxonomy import taxonomies

# The steps after which the days of an arbitration are known: form, and what is known then.
STEPS = {
    "handover": {"form": {"route": "R02"}},
    "outside_receipt": {"form": {}},
    "outside_result": {"form": {}},
}
LABOUR, LAND = {"T16", "T17", "T18"}, {"T20", "T21", "T22"}


@pytest.mark.parametrize(("kind", "starts"), [("D0601", LABOUR), ("D0609", LABOUR), ("D0401", LAND)])
def test_a_wage_award_starts_no_period_of_land_arbitration(shipped, kind, starts):
    bundle = shipped.bundle("base")
    env = Env(date(2026, 5, 6), taxonomies=taxonomies(bundle))
    data = {"dispute_type": kind, "outside_way": "R02"}
    happened = set()
    for name, event in bundle["events"].items():
        for way in event["arises"]:
            facts = {"data": data, **STEPS.get(way.get("form"), {})}
            if way.get("form") in STEPS and evaluate(parse(way["when"])[0], facts, env):
                happened.add(name)
    started = {
        code
        for code, period in periods(bundle["deadlines"]).items()
        if any(happened & set(variant.starts) for variant in period.variants.values())
    }
    assert started & (LABOUR | LAND) == starts
