"""The examples in the documents are true, and the JSON Schema of rule sets is one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from portal.core.conditions import parse
from portal.core.conditions.operators import OPERATORS
from portal.core.effects import schema
from portal.core.rules import check_rule_set
from portal.core.rules.structure import SCHEMAS
from portal.core.taxonomy import Taxonomy

FORMATS = Path(__file__).parents[3] / "docs" / "formats"
DISPUTE = Taxonomy.from_definition(
    {"terms": {"D06": {"title": "劳"}, "D0601": {"title": "薪", "parent": "D06"}}}
)


def blocks(name: str) -> list[str]:
    return re.findall(r"```json\n(.*?)```", (FORMATS / name).read_text("utf-8"), re.DOTALL)


def test_the_rule_set_in_the_document_is_sound_and_its_example_holds() -> None:
    (example,) = blocks("rules.md")
    assert check_rule_set(json.loads(example), taxonomies={"dispute": DISPUTE}) == []


@pytest.mark.parametrize("block", blocks("conditions.md"))
def test_the_conditions_in_the_document_are_conditions(block: str) -> None:
    assert parse(json.loads(block))[1] == []


def test_the_document_names_every_operator_and_action() -> None:
    conditions, rules = ((FORMATS / f"{name}.md").read_text("utf-8") for name in ("conditions", "rules"))
    assert [name for name in OPERATORS if f"`{name}`" not in conditions] == []
    actions = schema("rules")["properties"]["do"]["enum"]
    assert len(actions) >= 7
    assert [name for name in actions if f"`{name}`" not in rules] == []


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads((SCHEMAS / "rules.json").read_text("utf-8")))
