"""What stops or misleads a centre: one case for each kind that the table of wrong packs does not hold."""

from __future__ import annotations

import pytest

from portal.core.errors import Problem, folded
from portal.core.packs import check, notes
from portal.core.strict_json import loads

X = "county/xishan"
RULES = f"rule_sets/{X}/referral.json"


def test_a_broad_rule_of_a_county_is_a_note_and_no_error_in_the_examples_above(sample):
    sample.files["rule_sets/base/referral.json"]["examples"] = [
        {
            "name": "金额",
            "today": "2026-05-06",
            "facts": {"amount": 5},
            "expect": {"fired": [], "proposals": []},
        }
    ]
    sample.files[RULES]["rules"]["broad"] = {
        "title": "金额较大",
        "priority": 5,
        "when": {"field": "amount", "op": "gte", "value": 1},
        "reason": "金额较大",
        "then": [{"do": "flag", "flag": "safety"}],
    }
    assert [one.code for one in check(sample.library()) if one.severity == "error"] == []
    (note,) = [one for one in notes(sample.library()) if one.code == "rules.example_more"]
    assert note.params["more"] == "broad"


def test_a_missing_translation_is_an_error_only_where_the_pack_names_the_language(sample):
    del sample.files["translations/base/en.json"]["登记受理"]
    del sample.files[f"translations/{X}/en.json"]["财产类别"]
    found = {one.params["text"]: one.severity for one in check(sample.library())}
    assert found == {"登记受理": "error", "财产类别": "warning"}
    assert {one.code for one in folded(check(sample.library()))} == {"text.catalogue"}


def test_without_a_word_of_languages_chinese_is_enough(sample):
    del sample.files["seed/base/settings.json"]["languages"]
    sample.files["translations/base/en.json"] = {}
    assert [one.code for one in check(sample.library())] == []


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ('{"a": 1\n "b": 2}', 1, 8, "a comma is missing"),
        ('{"a"：1}', 1, 5, "Chinese"),
        ('{"a": 1,\n}', 1, 8, "too many"),
        ("{'a': 1}", 1, 2, "single quotes"),
        ('{"a": [1, 2}', 1, 12, "wrong closing bracket"),
        ('{"a": 1', 1, 7, "before every bracket is closed"),
    ],
)
def test_a_fault_of_json_is_told_at_its_place_with_its_likely_cause(text, line, column, said):
    _, (problem,) = loads(text)
    assert (problem.params["line"], problem.params["column"]) == (line, column)
    assert said in problem.text()
    assert problem.remedy


@pytest.mark.parametrize(("encoding", "seen"), [("gbk", "GBK"), ("utf-16", "UTF-16")])
def test_a_file_in_another_encoding_is_recognised(encoding, seen):
    _, (problem,) = loads('{"标题": "甲"}'.encode(encoding))
    assert (problem.code, problem.params["encoding"]) == ("json.encoding", seen)


def test_consequences_stand_below_their_cause_once():
    cause = Problem("a", "cause", file="f")
    found = folded(
        [cause, Problem("b", "one", cause=cause), Problem("c", "two"), Problem("d", "x", cause=cause)]
    )
    assert [(one.code, [below.code for below in one.consequences]) for one in found] == [
        ("a", ["b", "d"]),
        ("c", []),
    ]
