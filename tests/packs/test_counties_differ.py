"""Three counties, one dispute: different forms, layouts, stages and proposals."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.forms import list_fields
from portal.core.lifecycle import compile_lifecycle

FAMILY = {
    "channel": "walk_in",
    "dispute_type": "D0105",
    "occurred_on": "2016-03-01",
    "lower_tried": True,
    "failed_levels": ["village", "township"],
    "legal_relation": "complex",
    "gap": "large",
    "amount": 860000,
    "willing": "yes",
    "wished_centre": "unsure",
}
TYPES = st.sampled_from(
    ["D0101", "D0105", "D0204", "D0403", "D0601", "D0602", "D0901", "D1002", "D1201", "D9901"]
)


def stages(shipped, pack):
    lifecycle = compile_lifecycle(shipped.bundle(pack)["lifecycles"]["case"])
    return [stage.title for stage in lifecycle.listed_stages()]


def test_stage_lists(shipped):
    assert stages(shipped, "city/kunming") == [
        "登记受理",
        "分析研判",
        "法律评析",
        "先行调解",
        "裁决诉讼",
        "指挥调度",
    ]
    assert stages(shipped, "county/xishan") == [
        "登记受理",
        "分析研判",
        "分流交办",
        "法律评析",
        "多元化解",
        "督查督办",
    ]
    assert stages(shipped, "county/wuhua") == ["前端受理", "中端分流", "后端督办"]
    assert stages(shipped, "county/jinning") not in (
        stages(shipped, "city/kunming"),
        stages(shipped, "county/xishan"),
    )


def test_supervision_runs_beside_the_stages_of_xishan(shipped):
    lifecycle = compile_lifecycle(shipped.bundle("county/xishan")["lifecycles"]["case"])
    lanes = [(lane.title, lane.canonical) for lane in lifecycle.lanes() if lane.canonical == "supervise"]
    assert lanes == [
        ("督查督办", "supervise"),
        ("异议复核", "supervise"),
    ]


def visible(shipped, pack):
    form = shipped.bundle(pack)["forms"]["case"]
    fields = {info.pointer for info in list_fields(form)}
    return {pointer for pointer in fields if not form["ui"]["fields"].get(pointer, {}).get("hidden")}


def test_forms_differ(shipped):
    xishan, jinning, wuhua = (visible(shipped, f"county/{name}") for name in ("xishan", "jinning", "wuhua"))
    assert "/gap" in xishan - jinning - wuhua
    assert "/integrated_centre" in jinning - xishan - wuhua
    assert "/wished_centre" in wuhua - xishan - jinning
    assert "/legal_relation" not in wuhua


def test_titles_of_forms_and_agencies_differ(shipped):
    packs = [shipped.bundle(f"county/{name}") for name in ("xishan", "jinning", "wuhua")]
    assert len({pack["forms"]["case"]["title"] for pack in packs}) == 3
    assert {pack["layout"]["centre"]["agency"] for pack in packs} == {"西综", "晋综", "五综"}
    assert len({frozenset(pack["layout"]["zones"]) for pack in packs}) == 3


def test_one_dispute_three_proposals(shipped):
    places = {"xishan": "530112007", "jinning": "530115200", "wuhua": "530102007"}
    first = {
        name: shipped.refers(f"county/{name}", {**FAMILY, "place": place})[0]
        for name, place in places.items()
    }
    assert first["xishan"]["to"] == {"room": "mediation"}
    assert first["xishan"]["assist"] == [
        "police", "justice", "court", "procuratorate", "women", "finance_property_centre",
    ]  # fmt: skip
    assert first["jinning"]["to"] == {"room": "tribunal"}
    assert first["wuhua"]["to"] == {"subcentre": "prelitigation_mediation"}


@pytest.mark.parametrize("missing", ["failed_levels", "legal_relation", "gap", "occurred_on"])
def test_the_ten_year_rule_needs_all_four_grounds(shipped, missing):
    facts = {key: value for key, value in FAMILY.items() if key != missing}
    decision = shipped.rules("county/xishan").decide(facts, today=date(2026, 5, 6))
    assert "xishan_ten_year" not in [rule.id for rule in decision.fired]


@settings(max_examples=150, deadline=None)
@given(
    facts=st.fixed_dictionaries(
        {},
        optional={
            "willing": st.sampled_from(["yes", "no", "undecided"]),
            "legal_relation": st.sampled_from(["clear", "complex", "unclear"]),
            "amount": st.integers(0, 2_000_000),
            "failed_levels": st.lists(st.sampled_from(["village", "township", "police"]), unique=True),
            "occurred_on": st.dates(date(2010, 1, 1), date(2026, 5, 1)).map(str),
            "sudden": st.booleans(),
            "place": st.sampled_from(["530112007", "530115001", "530102001"]),
            "gap": st.just("large"),
        },
    )
)
def test_domestic_violence_is_never_sent_to_mediation(shipped, facts):
    for pack in ("city/kunming", "county/xishan", "county/jinning", "county/wuhua"):
        proposed = shipped.refers(pack, {**facts, "dispute_type": "D0106"})
        assert proposed[0]["route"] == "R09"
        assert "R01" not in {refer.get("route") for refer in proposed}


@settings(max_examples=150, deadline=None)
@given(kind=TYPES, refused=st.sampled_from(["willing", "respondent_willing"]), amount=st.integers(0, 900_000))
def test_nobody_is_sent_to_peoples_mediation_against_their_will(shipped, kind, refused, amount):
    bodies = {"people_mediation", "workers_mediation", "business_mediation"}
    for pack in ("city/kunming", "county/xishan", "county/jinning", "county/wuhua"):
        facts = {"dispute_type": kind, refused: "no", "amount": amount, "legal_relation": "complex"}
        for refer in shipped.refers(pack, facts):
            assert refer.get("to", {}).get("department") not in bodies


def test_petition_is_only_the_residual_route(shipped, pack):
    terms = shipped.bundle(pack)["taxonomies"]["dispute"]["terms"]
    for code in (code for code, term in terms.items() if "parent" in term):
        routes = {
            refer.get("route") for refer in shipped.refers(pack, {"dispute_type": code, "willing": "no"})
        }
        assert ("R06" in routes) == (code in ("D9901", "D0504")), code


@pytest.mark.parametrize("district", ["guandu", "zhuji", "yuyang", "wuhua", "xishan", "uxin", "jinning"])
def test_what_is_archived_can_be_taken_up_again_in_every_district(shipped, district: str) -> None:
    cycle = compile_lifecycle(shipped.bundle(f"county/{district}")["lifecycles"]["case"])
    assert "archived" in cycle.transition("reopen").sources


def test_who_asks_for_a_correction_finds_it_in_a_list_whatever_it_is_of(shipped):
    lists = shipped.bundle("county/guandu")["worklists"]
    decided = {one["entity"] for name, one in lists.items() if name.startswith("corrections")}
    asked = {one["entity"] for name, one in lists.items() if name.startswith("my_corrections")}
    assert decided == asked
    assert len(asked) > 5
