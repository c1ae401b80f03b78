"""What reports say of districts stands in their packs: formulas that can be counted, stages, units, sources."""

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
    "county/pinghu": (9, 135, {"quasi_village": 1}),
    "county/anji": (15, 217, {"quasi_village": 1}),
    "county/yuhang": (12, 222, {"quasi_village": 1}),
    "county/yinzhou": (25, 406, {"quasi_village": 1}),
}
# Districts of which no matter is reported: no story, no rules of their own course.
OTHERS = (
    "county/chenggong",
    "county/fumin",
    "county/songming",
    "county/pinghu",
    "county/anji",
    "county/yuhang",
    "county/yinzhou",
)
AGREES, UNKNOWN, OPEN = "agrees", "unknown", "open"
FORMULAS = {
    ("county/guandu", "three_threes"): ("三强化三环节三建设", [AGREES, AGREES, AGREES]),
    ("county/guandu", "three_tiers"): ("三级", [AGREES]),
    ("county/uxin", "banner"): ("1+1+9+N", [AGREES, AGREES, UNKNOWN, OPEN]),
    ("county/uxin", "functions"): ("五功能", [AGREES]),
    ("county/uxin", "three_levels"): ("1+6+76", [AGREES, AGREES, UNKNOWN]),
    ("county/uxin", "grid"): ("1+6+X", [AGREES, AGREES, OPEN]),
    ("county/chenggong", "network"): ("1+6+58+N", [AGREES, UNKNOWN, UNKNOWN, OPEN]),
    ("county/fumin", "joint"): ("五机关", [AGREES]),
    ("county/pinghu", "platform"): ("一厅一室一庭一窗口", [AGREES] * 4),
    ("county/pinghu", "presence"): ("10+8+13", [UNKNOWN] * 3),
    ("county/yinzhou", "three_levels"): ("1+25+406", [AGREES] * 3),
    ("county/zhuji", "system"): ("1+4+1", [AGREES, UNKNOWN, UNKNOWN]),
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


@pytest.mark.parametrize("pack", OTHERS)
def test_a_district_without_a_matter_stands_on_its_parents_and_names_its_sentences(shipped, pack):
    assert shipped.resolved(pack).errors == []
    files = shipped.library.source(pack).files
    assert not [name for name in files if "/stories/" in name]
    layout = json.loads(files[f"seed/{pack}/layout.json"])
    parts = (
        entry
        for key in ("plates", "rooms", "windows", "subcentres", "stationing", "patterns")
        for entry in layout.get(key, {}).values()
    )
    assert [
        one for one in parts if one is not None and not str(one.get("source", "")).startswith("报道A")
    ] == []
    rules = files.get(f"rule_sets/{pack}/referral.json")
    for rule in json.loads(rules)["rules"].values() if rules else ():
        assert rule["source"].startswith("报道A")
        assert "报道" in rule["practice"]


def test_songming_inherits_only(shipped):
    files = shipped.library.source("county/songming").files
    own = {name.rsplit("/", 1)[1] for name in files if not name.startswith("translations/")}
    assert own == {"pack.json", "settings.json", "layout.json"}
    assert set(json.loads(files["seed/county/songming/layout.json"])) == {"centre", "patterns"}


def test_the_counties_of_a_province_work_in_its_loop(shipped):
    for pack in ("county/pinghu", "county/anji", "county/yuhang", "county/yinzhou"):
        stages = shipped.bundle(pack)["lifecycles"]["case"]["stages"]
        assert [stages[one]["title"] for one in ("intake", "assign", "mediate")] == [
            "统一归集",
            "统一流转",
            "统一处置",
        ]


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
