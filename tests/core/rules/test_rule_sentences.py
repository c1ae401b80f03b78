"""Rules as sentences and as a table: there and back without loss, in both languages."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from portal.core.rules import check_rule_set
from portal.core.rules.decision_tables import DecisionTable, pasted
from portal.core.rules.sentences import Sentence, operators_for, phrase
from portal.core.rules.spoken import Spoken, Unread
from portal.core.taxonomy import Taxonomy
from portal.i18n import translator
from tests.core.rules.planted import TAXONOMIES, Maker
from tests.core.rules.random_sets import TAXONOMIES as RANDOM_TAXONOMIES
from tests.core.rules.random_sets import random_rule_set

ROOT = Path(__file__).parents[3]
DISPUTE = json.loads((ROOT / "seed/base/taxonomies/dispute.json").read_text(encoding="utf-8"))
BASE = json.loads((ROOT / "rule_sets/base/referral.json").read_text(encoding="utf-8"))
SHIPPED = {"dispute": Taxonomy.from_definition(DISPUTE, "dispute")}
LANGUAGES = ("zh", "en")


def spoken(definition: dict[str, Any], taxonomies: dict[str, Taxonomy], lang: str = "zh") -> Spoken:
    return Spoken(definition, taxonomies, translate=translator(lang))


def conditions() -> list[Any]:
    made = [random_rule_set(random.Random(seed), (12,)) for seed in range(40)]
    return [rule.get("when") for one in [*made, BASE] for rule in one["rules"].values()]


def test_every_condition_is_the_same_after_being_a_sentence() -> None:
    kept = 0
    for when in conditions():
        sentence = Sentence.of(when)
        kept += any(line.kept is not None for line in sentence.lines)
        assert sentence.to_json() == when
    assert kept > 10
    assert Sentence.of(None).lines == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_value_is_read_as_it_is_said(lang: str) -> None:
    read = 0
    for definition, taxonomies in (
        (BASE, SHIPPED),
        *((random_rule_set(random.Random(seed), (12,)), RANDOM_TAXONOMIES) for seed in range(30)),
    ):
        words = spoken(definition, taxonomies, lang)
        for rule in definition["rules"].values():
            for line in Sentence.of(rule.get("when")).lines:
                for clause in line.clauses:
                    said = words.value(clause.field, clause.value) if clause.value is not None else ""
                    if any(mark in str(clause.value) for mark in "、，, "):
                        continue
                    found = words.read(clause.field, clause.op, said)
                    single = (
                        found if not isinstance(clause.value, list) or isinstance(found, list) else [found]
                    )
                    assert single == (
                        {"param": clause.value["list"]}
                        if isinstance(clause.value, dict) and "list" in clause.value
                        else clause.value
                    )
                    read += 1
    assert read > 80


def test_a_sentence_reads_as_people_say_it() -> None:
    when = BASE["rules"]["domestic_violence"]["when"]
    assert Sentence.of(when).said(spoken(BASE, SHIPPED)).startswith("当 纠纷类型 ")
    assert Sentence.of(None).said(spoken(BASE, SHIPPED, "en")) == "always"
    several = {
        "all": [{"field": "amount", "op": "gte", "value": {"param": "large_amount"}}, {"none": [when]}]
    }
    said = Sentence.of(several).said(spoken(BASE, SHIPPED, "en"))
    assert said.startswith("If 涉及金额（元） is at least [复杂事项金额下限（元）]")
    assert "it is not so that" in said


@pytest.mark.parametrize(
    ("name", "op", "text", "code"),
    [
        ("amount", "gte", "很多", "“%(value)s” is no number"),
        ("people_count", "gte", "1.5", "“%(value)s” is no whole number"),
        ("sudden", "eq", "也许", "“%(value)s” is neither yes nor no"),
        ("received_on", "before", "昨天", "“%(value)s” is no day such as 2026-05-04"),
        ("dispute_type", "under", "不存在的类型", "There is no “%(value)s” to choose"),
        ("amount", "gte", "[没有的参数]", "There is no parameter “%(value)s”"),
        ("amount", "gte", " ", "Say what it is compared with"),
    ],
)
def test_what_says_no_value_is_refused_in_words(name: str, op: str, text: str, code: str) -> None:
    with pytest.raises(Unread) as caught:
        spoken(BASE, SHIPPED).read(name, op, text)
    assert caught.value.problem.message == code
    assert translator("zh")(code) != code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_that_is_pasted_again_changes_nothing(lang: str) -> None:
    for definition, taxonomies in (
        (BASE, SHIPPED),
        (Maker(random.Random(1), 8, 40).whole().definition, TAXONOMIES),
    ):
        words = spoken(definition, taxonomies, lang)
        table = DecisionTable.of(words, list(definition["rules"]))
        assert len(table.rows) + len(table.others) == len(definition["rules"])
        assert len(table.rows) > 10
        cells = "\n".join("\t".join(line) for line in table.texts(words))
        again = pasted(cells, words, table)
        assert (again.conditions, again.new, again.problems) == ({}, [], [])


def test_changed_and_new_rows_of_a_pasted_table_are_read_and_faults_told_with_their_place() -> None:
    definition = Maker(random.Random(1), 8, 20).whole().definition
    words = spoken(definition, TAXONOMIES)
    table = DecisionTable.of(words, list(definition["rules"]))
    cells = table.texts(words)
    column = table.columns.index("i0") + 1
    cells[1][column] = f"{phrase('gte', words.translate)} 777"
    cells[2][column] = "很多"
    cells.append(["新规则", *["" for _ in table.columns]])
    cells[-1][table.columns.index("i1") + 1] = "999"
    found = pasted("\n".join("\t".join(line) for line in cells), words, table)
    assert {"field": "i0", "op": "gte", "value": 777} in found.conditions[table.rows[0].rule]["all"]
    assert found.new == [("新规则", {"field": "i1", "op": "eq", "value": 999})]
    assert [problem.params["row"] for problem in found.problems] == [3]
    definition["rules"][table.rows[0].rule]["when"] = found.conditions[table.rows[0].rule]
    assert not [p for p in check_rule_set(definition, taxonomies=TAXONOMIES) if p.code == "rules.structure"]


def test_each_type_of_input_has_its_operators() -> None:
    assert [one.name for one in operators_for("boolean")][:2] == ["eq", "ne"]
    assert {"under", "not_under"} <= {one.name for one in operators_for("taxonomy")}
    assert operators_for("nothing_like_it") == []
