"""A party that refuses mediation is not sent to it: by a rule of the base pack that no county can change."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from portal.adapters.pack_files import PackFiles
from portal.core.packs import resolve
from portal.core.rules import compile_rule_set
from portal.core.taxonomy import taxonomies
from tests.packs.conftest import TODAY

APPLICANT = ("yes", "no", "undecided", None)
OTHER_SIDE = ("yes", "no", "unasked", None)
MEDIATION = "R01"
# What else the rules look at: how the matter came, how weighty it is, what was tried.
MATTERS = (
    {},
    {"legal_relation": "clear", "amount": 800},
    {"legal_relation": "complex", "cross_boundary": True, "amount": 900_000},
    {"legal_relation": "unclear", "channel": "petition"},
    {
        "failed_levels": ["village", "township"],
        "occurred_on": "2015-01-01",
        "gap": "large",
        "legal_relation": "complex",
    },
    {"place": "530115001", "sudden": True, "people_count": 12},
    {"place": "530115003", "outcome": "failed", "accepts_trial": True},
)


def facts(kind, matter, applicant, other_side):
    given = {"dispute_type": kind, "willing": applicant, "respondent_willing": other_side, **matter}
    return {name: value for name, value in given.items() if value is not None}


def test_no_rule_proposes_mediation_to_a_party_that_refuses(shipped, pack):
    kinds = list(shipped.bundle(pack)["taxonomies"]["dispute"]["terms"])
    matters = [(kind, MATTERS[0]) for kind in kinds] + [*itertools.product(kinds[::12], MATTERS[1:])]
    ruled_out = proposed = 0
    for (kind, matter), one, other in itertools.product(matters, APPLICANT, OTHER_SIDE):
        decision = shipped.rules(pack).decide(facts(kind, matter, one, other), today=TODAY)
        routes = [action.data.get("route") for action in decision.of("refer")]
        excluded = [action.data["route"] for action in decision.of("exclude")]
        if "no" in (one, other):
            assert MEDIATION not in routes, (kind, matter, one, other)
            assert excluded == [MEDIATION]
            assert {action.data["route"] for action in decision.ruled_out} <= {MEDIATION}
            ruled_out += len(decision.ruled_out)
        else:
            assert (excluded, decision.ruled_out) == ([], ())
            proposed += MEDIATION in routes
    assert ruled_out > 100, "rules that know nothing of the refusal are held back"
    assert proposed > 400, "who does not refuse is offered mediation"


def test_each_sort_of_matter_keeps_a_lawful_way_when_mediation_is_refused(shipped, pack):
    terms = shipped.bundle(pack)["taxonomies"]["dispute"]["terms"]
    without = {
        kind
        for kind, term in terms.items()
        if term.get("route") and not shipped.refers(pack, {"dispute_type": kind, "willing": "no"})
    }
    # What has to be found out first: who is competent for new forms of work, and what sort of matter it is at all.
    assert without == {"D0610", "D9902"}


def county_with(tmp_path: Path, rules: dict[str, object]):
    for home in ("seed", "rule_sets"):
        (tmp_path / home / "county/try").mkdir(parents=True)
    manifest = {
        "id": "county/try",
        "version": "1.0.0",
        "format": 2,
        "title": "试",
        "extends": "city/kunming@1.1.0",
    }
    (tmp_path / "seed/county/try/pack.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "rule_sets/county/try/referral.json").write_text(json.dumps(rules), encoding="utf-8")
    root = Path(__file__).parents[2]
    return resolve("county/try", PackFiles([root, tmp_path]))


OWN = {
    "title": "都去调解",
    "priority": 100000,
    "reason": "都去调解",
    "then": [{"do": "refer", "route": MEDIATION}],
}


def test_a_rule_of_a_county_is_ruled_out_too_whatever_its_priority(tmp_path):
    resolved = county_with(tmp_path, {"rules": {"own_all": OWN}})
    assert [problem.message for problem in resolved.errors] == []
    definition = {
        name: value for name, value in resolved.bundle["rules"]["referral"].items() if name != "examples"
    }
    rules = compile_rule_set(definition, taxonomies=taxonomies(resolved.bundle))
    willing = rules.decide({"dispute_type": "D0901", "willing": "yes"}, today=TODAY)
    refusing = rules.decide({"dispute_type": "D0901", "willing": "no"}, today=TODAY)
    assert willing.of("refer")[0].data == {"route": MEDIATION}
    assert [action.data["route"] for action in refusing.of("refer")] == ["R05"]
    assert [action.data for action in refusing.ruled_out] == [{"route": MEDIATION}]


@pytest.mark.parametrize(
    "change",
    [
        {"rules": {"refused_mediation": {"hidden": True}}},
        {"rules": {"refused_mediation": {"when": {"field": "willing", "op": "eq", "value": "never"}}}},
        {"rules": {"refused_mediation": None}},
        {"rules": {"refused_mediation": {"then": [{"do": "flag", "flag": "mediation_refused"}]}}},
        {"rules": {"refused_mediation": {"effective": {"until": "2020-01-01"}}}},
        {"inputs": {"willing": {"from": "/channel"}}},
        {"inputs": {"respondent_willing": None}},
        {"hit": "first"},
    ],
)
def test_no_county_takes_the_refusal_out_of_the_rules(tmp_path, change):
    errors = county_with(tmp_path, change).errors
    assert {problem.code for problem in errors} == {"pack.final"}
