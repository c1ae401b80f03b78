"""Findings of a check name things by their titles: two rules of one priority, a field, a reference to nothing."""

from __future__ import annotations

from typing import Any

from portal.core.drafts.draft import stand_in
from portal.core.errors import Problem, Words
from portal.core.rules.analysis.findings import Finding
from portal.services.drafts.findings import kept, problem_from

NAMES = stand_in(
    {
        "rules": {
            "referral": {
                "title": "分流建议",
                "rules": {
                    "quarrel_first": {"title": "邻里纠纷先就地"},
                    "to_housing": {"title": "物业纠纷交住建"},
                },
            }
        },
        "forms": {"case": {"schema": {"properties": {"heard_on": {"title": "接待日期"}}}}},
    },
    {},
)


def told(problem: Problem) -> str:
    return problem_from(kept([problem], NAMES)["errors"][0]).text()


def test_two_rules_of_one_priority_are_named_by_their_titles() -> None:
    said: dict[str, Any] = {"a": "quarrel_first", "b": "to_housing", "priority": 805, "do": "refer"}
    found = Finding("conflict", ("to_housing", "quarrel_first"), "refer", said)
    text = told(found.problem("rule_sets/county/x/referral.json"))
    assert text.startswith("“邻里纠纷先就地” and “物业纠纷交住建” have the same priority 805")
    assert "refer”" not in text


def test_every_kind_of_finding_about_rules_names_them_by_their_titles() -> None:
    for kind, said in {
        "dead": {"rule": "to_housing"},
        "hidden": {"rule": "to_housing", "before": "quarrel_first”、“to_housing"},
        "ruled_out": {"rule": "to_housing", "before": "quarrel_first"},
    }.items():
        problem = Finding(kind, ("to_housing",), said=said).problem()
        text = str(kept([Problem("x", problem.message, problem.params)], NAMES)["errors"][0]["params"])
        assert "物业纠纷交住建" in text
        assert "to_housing" not in text
        assert "quarrel_first" not in text


def test_pointers_and_places_are_titles_and_what_nobody_knows_stays() -> None:
    problem = Problem(
        "form.field",
        "There is no field %(field)s",
        {"field": "/data/heard_on", "known": "heard_on, gone_one"},
        place=(Words("rule “%(name)s”", {"name": "to_housing"}),),
    )
    one = kept([problem], NAMES)["errors"][0]
    assert one["params"] == {"field": "接待日期", "known": "接待日期, gone_one"}
    assert one["place"][0]["params"] == {"name": "物业纠纷交住建"}
