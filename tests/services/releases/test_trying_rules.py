"""Publishing tries the rules by the same measure as the check of packs: what one lets pass, the other does."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.errors import DefinitionError
from portal.core.packs import check, resolve
from portal.services import records, releases
from portal.services.portal import Portal
from tests.fixtures import small_packs
from tests.fixtures.database import access_for
from tests.services.releases.parts import SYSTEM, packs

QUIET = {
    "name": "金额小的不提示",
    "today": "2026-05-06",
    "facts": {"amount": 5},
    "expect": {"fired": [], "proposals": []},
}
BROAD = {
    "title": "有金额",
    "priority": 5,
    "when": {"field": "amount", "op": "gte", "value": 1},
    "reason": "写了金额",
    "then": [{"do": "flag", "flag": "large", "level": "warning"}],
}


def tried(portal: Portal, rules: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return what the check and what publishing say of a county whose rules are laid over a base with an example."""
    base = small_packs.BASE | {"rule_sets/referral.json": small_packs.RULES | {"examples": [QUIET]}}
    county = small_packs.county("county/xs", "530112", "西山区", "西综")
    manifest = county["seed/pack.json"] | {"version": "1.1.0"}
    files = county | {"seed/pack.json": manifest, "rule_sets/referral.json": rules}
    library = packs({"base": base, "county/xs": files})
    said = [one.text() for one in check(library, ["county/xs"]) if one.code.startswith("rules.example")]
    refused: list[str] = []
    with portal.writing(SYSTEM) as uow:
        try:
            releases.publish(uow, resolve("county/xs", library), verify=True)
            uow.commit()
        except DefinitionError as error:
            refused = [one.text() for one in error.problems]
    return said, refused


def test_a_broad_rule_of_a_county_is_published_and_decides(seeded: Portal) -> None:
    assert tried(seeded, {"rules": {"broad": BROAD}}) == ([], [])
    clerk = access_for(seeded, "clerk", "530112")
    with seeded.writing(clerk) as uow:
        made = records.register(uow, "case", "530112", {"name": "张三", "amount": 5})
        uow.commit()
    with seeded.reading(clerk) as session:
        decision = records.latest_decision(seeded, session, records.get(session, "case", made.record.uid))
        assert decision is not None
        assert [rule["id"] for rule in decision.fired] == ["broad"]


@pytest.mark.parametrize(
    "rules",
    [
        {"parameters": {"large": {"value": 1}}},
        {"rules": {"large": {"when": {"field": "amount", "op": "gte", "value": 1}}}},
        {"rules": {"broad": BROAD}, "examples": {"$add": [QUIET | {"name": "本县的例子"}]}},
    ],
    ids=["parameter", "rule of the base", "own example"],
)
def test_what_changes_an_example_is_refused_by_both_in_the_same_words(
    seeded: Portal, rules: dict[str, Any]
) -> None:
    said, refused = tried(seeded, rules)
    assert said
    assert said == refused
