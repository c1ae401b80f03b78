"""Rules that would set one another off are refused by name; a decision never changes its case."""

from __future__ import annotations

import time
from typing import Any

import pytest

from portal.core.access import Access
from portal.core.rules import check_rule_set
from portal.persistence.models import Record
from portal.services import records
from tests.acceptance.conftest import PACK, UNIT, County
from tests.core.rules.hostile import sound
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import CASE, Site, uid_of

ALWAYS = {"field": "amount", "op": "gte", "value": 0}


def rule(*actions: Any) -> dict[str, Any]:
    return {
        "title": "循环",
        "priority": 5,
        "when": ALWAYS,
        "reason": "循环",
        "basis": "x",
        "then": list(actions),
    }


SELF = {"selfish": rule({"do": "assert", "fact": {"amount": 1}})}
PING_PONG = {
    "ping": rule({"do": "set", "field": "/amount", "value": 1}),
    "pong": rule({"do": "fire", "rule": "ping"}),
}


@pytest.mark.parametrize("rules", [SELF, PING_PONG])
def test_they_are_refused_by_name_within_two_seconds(rules: dict[str, Any]) -> None:
    definition = sound()
    definition["rules"] |= rules
    start = time.perf_counter()
    errors = [p for p in check_rule_set(definition, file="r.json") if p.severity == "error"]
    assert time.perf_counter() - start < 2
    for name in rules:
        assert any(problem.pointer.startswith(f"/rules/{name}/then/0") for problem in errors), name


@pytest.mark.parametrize("rules", [SELF, PING_PONG])
def test_publishing_them_changes_no_case(
    site: Site, county: County, chenggong: str, rules: dict[str, Any]
) -> None:
    assert county.publish().exit_code == 0
    site.register(site.login(chenggong), **{"/place": f"{UNIT}001"})
    before = county.state()
    referral = county.read("rule_sets", "referral")
    county.write("rule_sets", "referral", referral | {"rules": rules})
    county.version("0.9.0")
    refused = county.publish()
    assert refused.exit_code == 1
    for name in rules:
        assert f"rule_sets/{PACK}/referral.json" in refused.output
        assert f"/rules/{name}/" in refused.output
    assert "Traceback" not in refused.output
    assert county.state() == before


def test_deciding_a_hundred_times_leaves_the_case_as_it_was(site: Site) -> None:
    page = site.register(site.login("clerk"), **{"/amount": CASE["/amount"]})
    access = access_for(site.portal, "clerk", "530112")

    def case() -> tuple[Any, ...]:
        with site.portal.reading(Access.system("test")) as session:
            row = session.query(Record).filter_by(uid=uid_of(page)).one()
            return row.version, row.stage, row.data, row.handler_unit_id

    before, outcomes = case(), set()
    for _ in range(100):
        with site.portal.writing(access) as uow:
            decision = records.redecide(uow, uid_of(page))
            assert decision is not None
            outcomes.add(str(decision.fired))
            uow.commit()
    assert len(outcomes) == 1
    assert case() == before
