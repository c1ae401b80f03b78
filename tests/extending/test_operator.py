"""An operator registered once, from outside, works everywhere: it changes a verdict, and everything says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import func

from portal.adapters.rule_engine.trial import trial
from portal.core import documented
from portal.core.conditions import Env, parse
from portal.core.conditions.operators import OPERATORS, Operator
from portal.core.conditions.samples import as_parts
from portal.core.packs import schemas
from portal.core.rules import check_rule_set
from portal.core.values import TEXT, as_text
from portal.persistence.condition_sql import FORMS, Form, OwnColumn, split, translate
from portal.persistence.models import Record
from tests.extending.conftest import PACK, publish, said_in_chinese
from tests.web.records.seeded_site import CASE, Browser, Site, uid_of

ENDS_WITH = Operator(
    "ends_with",
    frozenset({TEXT}),
    "part",
    lambda actual, expected, _: (as_text(actual) or "").endswith(expected),
    "has at its end",
    as_parts,
    sql="ends_with",
    note="plain text",
)
RULE = {
    "title": "集体诉求",
    "priority": 2000,
    "when": {
        "all": [
            {"field": "demand", "op": "starts_with", "value": "要求"},
            {"field": "demand", "op": "contains", "value": "全体"},
            {"field": "demand", "op": "ends_with", "value": "工资"},
        ]
    },
    "basis": "测试",
    "reason": "诉求以工资结尾",
    "then": [{"do": "flag", "flag": "group", "level": "info"}],
}
FILES = {
    f"rule_sets/{PACK}/referral.json": {
        "inputs": {"demand": {"title": "诉求", "type": "string", "from": "/claim"}},
        "rules": {"collective": RULE},
    },
}

ENGLISH = {
    "集体诉求": "Demand of a group",
    "诉求": "Demand",
    "测试": "Test",
    "诉求以工资结尾": "The demand ends with wages",
}


@pytest.fixture(scope="module", autouse=True)
def operator() -> Iterator[None]:
    """Register the operator, and the line of the catalogue that says it in Chinese."""
    with OPERATORS.with_entry(ENDS_WITH):
        yield


@pytest.fixture(scope="module")
def clerk(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return publish(site, tmp_path_factory.mktemp("packs"), FILES, ENGLISH)


def register(site: Site, clerk: Browser, claim: str) -> str:
    return site.register(clerk, **CASE | {"/place": "530114001", "/claim": claim})


def small(when: Any) -> dict[str, Any]:
    return {
        "title": "t",
        "purpose": "referral",
        "inputs": {"demand": {"title": "诉求", "type": "string", "from": "/claim"}},
        "rules": {"one": RULE | {"when": when}},
    }


def test_the_schema_takes_it_with_the_operand_it_needs() -> None:
    validator = Draft202012Validator(schemas.published("conditions"))
    assert validator.is_valid({"field": "/a", "op": "ends_with", "value": "x"})
    assert not validator.is_valid({"field": "/a", "op": "ends_with"})
    assert not validator.is_valid({"field": "/a", "op": "ends_with", "value": ["x"]})
    assert not validator.is_valid({"field": "/a", "op": "ends_withal", "value": "x"})
    with_others = parse({"field": "/a", "op": "nothing_like_it", "value": 1})[1]
    assert "ends_with" in with_others[0].render()


def test_the_search_for_dead_rules_knows_what_makes_a_difference_to_it() -> None:
    assert check_rule_set(small(RULE["when"])) == []
    impossible = {
        "all": [
            {"field": "demand", "op": "ends_with", "value": "工资"},
            {"field": "demand", "op": "eq", "value": "道歉"},
        ]
    }
    assert [problem.code for problem in check_rule_set(small(impossible))] == ["rules.dead"]


def test_the_rule_engine_and_the_reference_agree_on_it() -> None:
    assert trial(small(RULE["when"]), {}, "") == []


def test_an_operator_without_samples_calls_no_rule_dead() -> None:
    unknown = Operator("rhymes_with", frozenset({TEXT}), "part", ENDS_WITH.test, "rhymes with")
    with OPERATORS.with_entry(unknown):
        found = check_rule_set(small({"field": "demand", "op": "rhymes_with", "value": "工资"}))
    assert [problem.code for problem in found] == ["rules.analysis_incomplete"]


def test_it_changes_a_verdict_and_pages_say_why_in_both_languages(site: Site, clerk: Browser) -> None:
    held = clerk.get(register(site, clerk, "要求向全体支付工资")).text
    assert "诉求以工资结尾" in held
    missed = register(site, clerk, "要求向全体道歉")
    assert "诉求以工资结尾" not in clerk.get(missed).text
    why = f"/records/case/why/{uid_of(missed)}"
    with said_in_chinese(ENDS_WITH.phrase, "的结尾是"):
        chinese = clerk.get(why).text
    english = clerk.get(why + "?_l_=en").text
    assert re.search(r"诉求 的结尾是 工资", chinese)
    assert "has at its end 工资" in re.sub(r"<[^>]+>", "", english)


def test_the_api_names_it_and_its_document_lists_it(site: Site, clerk: Browser) -> None:
    uid = uid_of(register(site, clerk, "要求向全体赔礼"))
    token = site.token("chenggong")
    program = site.app.test_client()
    decisions = program.get(f"/api/v1/records/case/{uid}/decisions", headers=token).json["result"]
    failed = next(one for one in decisions[0]["not_fired"] if one["id"] == "collective")["failed"]
    assert [(one["input"], one["operator"]) for one in failed] == [("demand", "ends_with")]
    document = program.get("/api/v1/openapi.json", headers=token).json
    listed = document["components"]["schemas"]["Decision"]["properties"]["not_fired"]["items"]
    known = listed["properties"]["failed"]["items"]["properties"]["operator"]["enum"]
    assert "ends_with" in known
    assert OPERATORS["ends_with"].sql == "ends_with"


def test_lists_and_worklists_ask_the_database_as_soon_as_it_has_a_form() -> None:
    condition, problems = parse({"field": "/claim", "op": "ends_with", "value": "工资"})
    assert condition is not None, problems
    columns = {"/claim": OwnColumn(Record.s1, "text")}
    env = Env(date(2026, 5, 6))
    # Without a form nothing is guessed: Python judges each row.
    said = split(condition, columns, env)
    assert translate(condition, columns, env) is None
    assert said.doubtful is not None
    form = Form("ends_with", lambda column, values: func.substr(column, -values[1]) == values[0])
    with FORMS.with_entry(form):
        assert "substr(record.s1" in str(translate(condition, columns, env))


def test_the_documents_follow() -> None:
    page = Path(__file__).parents[2] / "docs" / "formats" / "conditions.md"
    written = documented.refreshed(page.read_text(encoding="utf-8"))
    assert "| `ends_with` | text | text | has at its end it (plain text) |" in written
