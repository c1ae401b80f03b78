"""What reports say of four districts stands in their packs: formulas that can be counted, stages, units, sources."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from portal.core.layout import Layout, formula
from portal.core.lifecycle import compile_lifecycle
from portal.core.packs import divisions
from tests.packs.conftest import DISTRICTS

CANONICAL = {
    "county/zhuji": ["intake", "assign", "mediate", "adjudicate", "close", "revisit", "evaluate", "archive"],
    "county/guandu": ["discover", "mediate", "close", "revisit", "archive"],
    "county/uxin": ["intake", "assign", "handle", "close", "archive"],
    "county/yuyang": ["intake", "assign", "mediate", "close", "revisit", "archive"],
}
UNITS = {
    "county/zhuji": (23, 515, {}),
    "county/uxin": (6, 78, {"pseudo_township": 1, "virtual_village": 1}),
    "county/yuyang": (31, 404, {}),
}
AGREES, UNKNOWN, OPEN = "agrees", "unknown", "open"
FORMULAS = {
    ("county/guandu", "three_threes"): ("三强化三环节三建设", [AGREES, AGREES, AGREES]),
    ("county/guandu", "three_tiers"): ("三级", [AGREES]),
    ("county/uxin", "banner"): ("1+1+9+N", [AGREES, AGREES, UNKNOWN, OPEN]),
    ("county/uxin", "functions"): ("五功能", [AGREES]),
    ("county/uxin", "three_levels"): ("1+6+76", [AGREES, AGREES, UNKNOWN]),
    ("county/uxin", "grid"): ("1+6+X", [AGREES, AGREES, OPEN]),
    ("county/yuyang", "five_centres"): ("五中心", [AGREES]),
    ("county/yuyang", "presence"): ("5+16+N", [AGREES, UNKNOWN, OPEN]),
    ("county/yuyang", "resolution"): ("1+5+N", [UNKNOWN, UNKNOWN, OPEN]),
    ("county/yuyang", "down"): ("1+31+408", [AGREES, AGREES, UNKNOWN]),
}


@pytest.fixture(params=DISTRICTS)
def district(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("pack", UNITS)
def test_divisions_are_those_of_the_statistics(shipped, pack):
    townships, villages, flagged = UNITS[pack]
    rows = [
        row
        for row in divisions(shipped.library, pack)
        if row.code.startswith(shipped.resolved(pack).manifest.unit)
    ]
    plain = Counter(row.level for row in rows if not row.flag)
    assert (plain["township"], plain["village"]) == (townships, villages)
    assert Counter(row.flag for row in rows if row.flag) == flagged


@pytest.mark.parametrize(("pack", "pattern"), FORMULAS, ids=lambda value: str(value))
def test_formulas_are_counted_and_not_typed(shipped, pack, pattern):
    bundle, unit = shipped.bundle(pack), shipped.resolved(pack).manifest.unit

    def units(selector):
        rows = [row for row in divisions(shipped.library, pack) if row.level == selector["level"]]
        return [
            row.name
            for row in rows
            if row.code.startswith(unit) and (row.statutory or not selector["statutory"])
        ]

    layout = Layout.from_definition(bundle["layout"], bundle["departments"])
    shown = formula(layout, pattern, units=units)
    assert (shown.name, [term.state for term in shown.terms]) == FORMULAS[pack, pattern]


def test_stages_are_mapped_in_their_order(shipped, district):
    lifecycle = compile_lifecycle(shipped.bundle(district)["lifecycles"]["case"])
    stages = [stage.canonical for stage in lifecycle.stages if not stage.parallel]
    assert list(dict.fromkeys(stages)) == CANONICAL[district]


def test_what_is_said_of_a_district_names_its_sentence_or_says_that_it_is_no_fact(shipped, district):
    files = shipped.library.source(district).files
    layout: dict[str, Any] = json.loads(files[f"seed/{district}/layout.json"])
    unsaid = [
        f"{part}/{key}"
        for part in ("plates", "zones", "rooms", "windows", "subcentres", "stationing", "patterns")
        for key, entry in layout.get(part, {}).items()
        if entry is not None and not str(entry.get("source", "")).startswith("报道A")
    ]
    assert unsaid == []
    rules = json.loads(files[f"rule_sets/{district}/referral.json"])["rules"]
    told = [rule for rule in rules.values() if "practice" in rule or "source" in rule]
    assert told
    assert all(rule["source"].startswith("报道A") for rule in told)
    assert all("报道" in rule["practice"] for rule in told if "practice" in rule)
