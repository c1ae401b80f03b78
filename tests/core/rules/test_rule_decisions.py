"""What a decision holds: order, reasons, merged actions, facts used, and why the other rules did not fire."""

from __future__ import annotations

import copy
import json
import random
from datetime import date
from typing import Any

import pytest

from portal.core.conditions import CountQuery, Terms
from portal.core.errors import DefinitionError
from portal.core.masks import DOTS
from portal.core.rules import EngineFault, Program, RuleSet, check_rule_set, compile_rule_set, concealed
from portal.core.rules.analysis import MAX_CONFLICTS
from portal.core.taxonomy import Taxonomy
from portal.core.text import Texts
from tests.core.rules.random_sets import TAXONOMIES, TODAY, random_record, random_rule_set

TYPES = {
    "dispute": Taxonomy.from_definition(
        {"terms": {"D06": {"title": "劳动争议"}, "D0601": {"title": "欠薪", "parent": "D06"}}}, "dispute"
    )
}
DAY = date(2026, 5, 6)


def definition(**rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "分流",
        "purpose": "referral",
        "inputs": {
            "kind": {"title": "类型", "type": "taxonomy", "taxonomy": "dispute", "from": "/kind"},
            "amount": {"title": "金额", "type": "money", "from": "/money/amount"},
            "levels": {"title": "层级", "type": "strings", "from": "/tries/*/level"},
            "place": {"title": "地点", "type": "unit", "from": "/place"},
            "similar": {
                "title": "同地",
                "type": "integer",
                "count": {"entity": "case", "match": {"/place": "/place"}, "within_days": 90},
            },
        },
        "parameters": {"large": {"title": "大额", "type": "money", "value": 100000}},
        "rules": rules,
    }


def rule(priority: int, when: Any, *then: dict[str, Any], **more: Any) -> dict[str, Any]:
    condition = {} if when is None else {"when": when}
    actions = list(then) or [{"do": "flag", "flag": "seen"}]
    return {
        "title": f"p{priority}",
        "priority": priority,
        "reason": "因为",
        "then": actions,
        **condition,
        **more,
    }


def compiled(raw: dict[str, Any]) -> RuleSet:
    return compile_rule_set(raw, taxonomies=TYPES)


LABOUR = {"field": "kind", "op": "under", "value": "D06"}
LARGE = {"field": "amount", "op": "gte", "value": {"param": "large"}}
REFER = {"do": "refer", "route": "R02", "to": {"department": "labour"}}


def test_fired_in_order_of_priority_then_name() -> None:
    rules = compiled(definition(a=rule(1, None), c=rule(5, None), b=rule(5, None), d=rule(9, LARGE)))
    assert [fired.id for fired in rules.decide({}, today=DAY).fired] == ["b", "c", "a"]


def test_first_hit_fires_one_and_names_what_outranked_the_rest() -> None:
    raw = {**definition(a=rule(1, None), b=rule(5, LABOUR)), "hit": "first"}
    decision = compiled(raw).decide({"kind": "D0601"}, today=DAY)
    assert [fired.id for fired in decision.fired] == ["b"]
    assert [(other.id, other.outranked_by) for other in decision.not_fired] == [("a", "b")]


def test_reasons_are_filled_with_labels_and_yuan() -> None:
    reason = "{kind}，金额{amount}元达到{large}元，经{levels}未成，{{原样}}"
    rules = compiled(definition(a=rule(1, LABOUR, reason=reason)))
    facts = {"kind": "D0601", "money": {"amount": 120000.5}, "tries": [{"level": "村"}, {"level": "街道"}]}
    fired = rules.decide(facts, today=DAY).fired[0]
    assert fired.reason.render() == "欠薪，金额120000.5元达到100000元，经村、街道未成，{原样}"
    english = Texts("en", {"en": {reason: "{kind}: {amount} of {large}", "欠薪": "Unpaid wages"}})
    assert fired.reason.render(english) == "Unpaid wages: 120000.5 of 100000"
    assert rules.decide({"kind": "D06"}, today=DAY).fired[0].reason.render().startswith("劳动争议，金额—元")


def test_equal_actions_are_merged_and_keep_all_reasons() -> None:
    rules = compiled(
        definition(
            a=rule(3, LABOUR, REFER, reason="一"),
            b=rule(2, LARGE, {"do": "flag", "flag": "large"}, REFER, reason="二"),
        )
    )
    decision = rules.decide({"kind": "D06", "money": {"amount": 100000}}, today=DAY)
    assert [(action.do, [r.rule for r in action.reasons]) for action in decision.actions] == [
        ("refer", ["a", "b"]),
        ("flag", ["b"]),
    ]
    assert [reason.render() for reason in decision.of("refer")[0].reasons] == ["一", "二"]


def test_what_did_not_fire_says_why_in_yuan() -> None:
    rules = compiled(definition(a=rule(1, {"all": [LABOUR, LARGE]})))
    decision = rules.decide({"kind": "D06", "money": {"amount": 99999.99}}, today=DAY)
    (other,) = decision.not_fired
    assert [(t.field, t.actual, t.expected) for t in other.failed] == [("amount", 99999.99, 100000)]
    json.dumps(decision.to_json())


def test_wrongly_typed_values_count_as_missing_and_are_named() -> None:
    rules = compiled(definition(a=rule(1, LARGE), b=rule(1, {"field": "amount", "op": "missing"})))
    for odd in ("200000", True, float("nan"), float("inf"), 1e300, 200000.001, "2\0", [200000], {"n": 1}):
        decision = rules.decide({"money": {"amount": odd}}, today=DAY)
        assert [fired.id for fired in decision.fired] == ["b"], odd
        assert decision.ignored == ("amount",), odd
        assert decision.facts_used["amount"] is None
        json.dumps(decision.to_json(), allow_nan=False)


def test_counts_by_name_or_by_question() -> None:
    rules = compiled(definition(a=rule(1, {"field": "similar", "op": "gte", "value": 3})))
    assert rules.decide({}, today=DAY, counts={"similar": 3}).fired
    assert not rules.decide({}, today=DAY, counts={"similar": 2}).fired
    assert not rules.decide({}, today=DAY).fired

    def counts(query: CountQuery, facts: Any) -> int:
        assert (query.entity, query.within_days) == ("case", 90)
        return int(facts["n"])

    assert rules.decide({"n": 5}, today=DAY, counts=counts).fired
    assert list(rules.count_queries()) == ["similar"]


@pytest.mark.parametrize(
    ("effective", "fires"),
    [
        ({}, True),
        ({"from": "2026-05-06", "until": "2026-05-06"}, True),
        ({"from": "2026-05-07"}, False),
        ({"until": "2026-05-05"}, False),
        ({"from": None, "until": None}, True),
    ],
)
def test_effective_dates(effective: dict[str, Any], fires: bool) -> None:
    decision = compiled(definition(a=rule(1, None, effective=effective))).decide({}, today=DAY)
    assert bool(decision.fired) is fires
    assert [other.in_force for other in decision.not_fired] == ([] if fires else [False])


def test_hidden_rules_do_not_exist() -> None:
    decision = compiled(definition(a=rule(1, None, hidden=True), b=rule(1, None))).decide({}, today=DAY)
    assert [fired.id for fired in decision.fired] == ["b"]
    assert decision.not_fired == ()


def test_what_a_reader_may_not_see_is_told_by_no_part_of_a_decision() -> None:
    raw = definition(
        a=rule(3, LARGE, reason={"zh_Hans": "{amount}元，{kind}，{{共}}", "en": "{amount} yuan, {levels}"}),
        b=rule(2, None, reason="层级{levels}，超过{large}"),
        c=rule(1, {"all": [{"field": "amount", "op": "lt", "value": 5}, LABOUR]}),
    )
    rules = compiled(raw)
    decision = rules.decide({"money": {"amount": 123456}, "tries": [{"level": "村"}]}, today=DAY)
    stored = {
        "fired": [
            {"id": fired.id, "reason": {lang: fired.reason.render(Texts(lang)) for lang in ("zh_Hans", "en")}}
            for fired in decision.fired
        ],
        "facts_used": dict(decision.facts_used),
    }
    assert "123456" in json.dumps(stored)
    seen = concealed(rules, stored, {"amount"}, Texts)
    assert seen["fired"][0]["reason"] == {"zh_Hans": f"{DOTS}元，—，{{共}}", "en": f"{DOTS} yuan, 村"}
    assert seen["fired"][1] == stored["fired"][1]
    assert set(stored["facts_used"]) - set(seen["facts_used"]) == {"amount"}
    (missed,) = decision.not_fired
    told = missed.concealed({"amount"}).to_json()["failed"]
    assert [(atom["field"], atom["actual"], atom.get("note")) for atom in told] == [
        ("", None, "concealed"),
        ("kind", None, "missing"),
    ]


def test_an_input_names_all_that_it_tells_something_of() -> None:
    reads = compiled(definition(a=rule(1, None))).reads
    assert reads["amount"] == (("", "/money/amount"),)
    assert reads["similar"] == (("", "/place"), ("case", "/place"))


def test_units_lie_where_management_says() -> None:
    class Managed:
        def __contains__(self, code: object) -> bool:
            return True

        def is_under(self, code: str, ancestor: str) -> bool:
            return (code, ancestor) == ("530112003", "zone")

    managed: Terms = Managed()
    rules = compiled(definition(a=rule(1, {"field": "place", "op": "under", "value": "zone"})))
    assert not rules.decide({"place": "530112003"}, today=DAY).fired
    assert rules.decide({"place": "530112003"}, today=DAY, units=managed).fired


def test_a_hundred_permutations_give_one_decision() -> None:
    choose = random.Random(7)
    for size in (3, 8, 20):
        raw = random_rule_set(choose, (size,))
        data, counts = random_record(choose)
        outcomes = set()
        for _ in range(100):
            mixed = {**raw, "rules": _mixed(choose, raw["rules"]), "inputs": _mixed(choose, raw["inputs"])}
            decision = compile_rule_set(mixed, taxonomies=TAXONOMIES, trusted=True).decide(
                _mixed(choose, data), today=TODAY, counts=counts
            )
            outcomes.add(json.dumps(decision.to_json()))
        assert len(outcomes) == 1


def _mixed(choose: random.Random, items: dict[str, Any]) -> dict[str, Any]:
    return dict(choose.sample(list(items.items()), len(items)))


class Answering:
    """An engine that answers what it was told to."""

    name = "scripted"

    def __init__(self, answer: frozenset[int] | Exception) -> None:
        self.answer = answer

    def matching(self, program: Program, row: Any) -> frozenset[int]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_an_engine_that_faults_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    rules = compiled(definition(a=rule(1, None)))
    decision = rules.decide({}, today=DAY, engine=Answering(EngineFault("gone")))
    assert ([f.id for f in decision.fired], decision.engine, decision.disagreement) == (
        ["a"],
        "reference",
        False,
    )
    assert "gone" in caplog.text


def test_an_engine_that_differs_is_overruled_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    rules = compiled(definition(a=rule(1, None), b=rule(1, LARGE)))
    decision = rules.decide({}, today=DAY, engine=Answering(frozenset({1})))
    assert ([f.id for f in decision.fired], decision.engine, decision.disagreement) == (
        ["a"],
        "reference",
        True,
    )
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_references_name_what_must_exist_elsewhere() -> None:
    raw = definition(
        a=rule(
            1,
            LABOUR,
            {**REFER, "assist": ["women"], "deadline": "T45"},
            {"do": "require", "documents": ["W10"]},
        ),
        b=rule(1, None, {"do": "notify", "roles": ["ghost"]}, hidden=True),
    )
    found = {(r.kind, r.id, r.pointer) for r in compiled(raw).references()}
    assert ("department", "labour", "/rules/a/then/0/to/department") in found
    assert ("department", "women", "/rules/a/then/0/assist/0") in found
    assert {
        ("route", "R02"),
        ("deadline", "T45"),
        ("document", "W10"),
        ("field", "/kind"),
        ("entity", "case"),
    } <= {(kind, name) for kind, name, _ in found}
    assert not any(name == "ghost" for _, name, _ in found)


def codes(raw: dict[str, Any]) -> list[str]:
    return [f"{p.code.removeprefix('rules.')}:{p.severity}" for p in check_rule_set(raw, taxonomies=TYPES)]


def grade(name: str) -> dict[str, Any]:
    return {"do": "grade", "grade": name}


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        (None, None, True),
        (LABOUR, LARGE, True),
        (LABOUR, {"field": "kind", "op": "not_under", "value": "D06"}, False),
        (LABOUR, {"none": [LABOUR]}, False),
        ({"field": "amount", "op": "lt", "value": 5}, {"field": "amount", "op": "gte", "value": 5}, False),
        ({"field": "amount", "op": "lte", "value": 5}, {"field": "amount", "op": "gte", "value": 5}, True),
        ({"field": "amount", "op": "missing"}, LARGE, False),
        (
            {"field": "place", "op": "starts_with", "value": "5301"},
            {"field": "place", "op": "eq", "value": "52"},
            False,
        ),
        (
            {"field": "levels", "op": "has", "value": "村"},
            {"none": [{"field": "levels", "op": "has", "value": "村"}]},
            False,
        ),
        (
            {"field": "place", "op": "under", "value": "530112"},
            {"field": "place", "op": "under", "value": "530115"},
            False,
        ),
        (
            {"field": "place", "op": "under", "value": "530100"},
            {"field": "place", "op": "under", "value": "530115"},
            True,
        ),
        ({"field": "similar", "op": "lt", "value": 0}, None, None),
    ],
)
def test_conflicts(left: Any, right: Any, found: bool | None) -> None:
    raw = definition(a=rule(1, left, grade("simple")), b=rule(1, right, grade("complex")))
    assert codes(raw) == {None: ["dead:error"], True: ["conflict:error"], False: []}[found]
    if found:
        apart = copy.deepcopy(raw)
        apart["rules"]["b"]["priority"] = 2
        assert codes(apart) == []
        seasons = copy.deepcopy(raw)
        seasons["rules"]["a"]["effective"] = {"until": "2025-12-31"}
        seasons["rules"]["b"]["effective"] = {"from": "2026-01-01"}
        assert codes(seasons) == []


def test_rules_that_never_get_their_turn() -> None:
    raw = {
        **definition(a=rule(9, LARGE), b=rule(1, {"all": [LARGE, LABOUR]}), c=rule(0, LABOUR)),
        "hit": "first",
    }
    assert codes(raw) == ["unreachable:warning"]
    with pytest.raises(DefinitionError) as caught:
        compiled(definition(a=rule(1, {"all": [LARGE, {"field": "amount", "op": "lt", "value": 5}]})))
    assert [p.pointer for p in caught.value.problems] == ["/rules/a/when"]


def test_analysis_agrees_with_trying() -> None:
    """A rule that fired on some record is never called dead, two that fired together never exclusive."""
    choose = random.Random(3)
    fired_once = 0
    for _ in range(12):
        raw = random_rule_set(choose)
        for entry in raw["rules"].values():
            entry.update(priority=1, then=[grade(choose.choice("ab"))])
        problems = check_rule_set(raw, taxonomies=TAXONOMIES)
        dead = {p.params["rule"] for p in problems if p.code == "rules.dead"}
        conflicts = {
            frozenset((p.params["a"], p.params["b"])) for p in problems if p.code == "rules.conflict"
        }
        complete = len(conflicts) < MAX_CONFLICTS and not any(p.code.endswith("incomplete") for p in problems)
        rules = compile_rule_set(raw | {"hit": "all"}, taxonomies=TAXONOMIES, trusted=True)
        for _ in range(20):
            data, counts = random_record(choose)
            fired = rules.decide(data, today=TODAY, counts=counts).fired
            fired_once += bool(fired)
            assert not dead & {f.id for f in fired}
            if complete:
                pairs = {frozenset((a.id, b.id)) for a in fired for b in fired if a.actions != b.actions}
                assert pairs <= conflicts
    assert fired_once > 20
