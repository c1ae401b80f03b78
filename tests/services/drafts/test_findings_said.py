"""Findings of a draft: what no longer fits above is told itself; rule sets are checked by their own structure."""

from __future__ import annotations

from dataclasses import replace

from portal.core.drafts.draft import stand_in
from portal.core.errors import Problem
from portal.services.drafts.findings import kept
from portal.web.editing.finding import _structural


def test_a_cause_without_a_reason_of_its_own_gives_way_to_what_it_caused() -> None:
    cause = Problem("pack.brings", "no longer fits", {}, "rule_sets/county/x/referral.json")
    told = Problem(
        "rules.conflict", "same priority", {}, "rule_sets/base/referral.json", "/rules/a", cause=cause
    )
    names = replace(stand_in({}, {}), pack="county/x")
    assert [one["code"] for one in kept([told], names)["errors"]] == ["rules.conflict"]


def test_a_rule_set_whose_conditions_nest_is_checked_and_its_faults_have_their_place() -> None:
    rule = {"title": "a", "priority": 1, "when": {"all": [{"any": []}]}, "reason": "b"}
    found = _structural("rules", {"title": "r", "purpose": "referral", "rules": {"a": rule}}, "/rules/r")
    assert "/rules/r/rules/a" in {one.pointer for one in found}
