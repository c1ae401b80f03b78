"""What is seen of the answers of a step's form follows from the roles, from the form and from where they are copied."""

from __future__ import annotations

from typing import Any

from portal.core.disclosure import Level, Plan, Protected, plan_of, plan_of_answers

RECORD = (
    Protected("/name", "personal", "name"),
    Protected("/agent/phone", "personal", "phone"),
)
FORM = (Protected("/witness", "personal", "name"), Protected("/diagnosis", "sensitive", "text"))
COPIED = {"/who": "/name", "/helper": "/agent", "/outcome": "/outcome"}
ANSWERS: dict[str, Any] = {
    "who": "张三",
    "helper": {"phone": "13800001234", "kind": "lawyer"},
    "outcome": "agreed",
    "witness": "李四",
    "diagnosis": "秘密",
    "opinion": "依法调解",
}


def answers(*roles: dict[str, str], disclosed: bool = False) -> Plan:
    said = [tuple(sorted(role.items())) for role in roles]
    own = plan_of(RECORD, said, disclosed=disclosed)
    return plan_of_answers(FORM, said, own, COPIED, form="opinion", disclosed=disclosed)


def test_personal_answers_are_masked_for_everybody_by_default() -> None:
    shown = answers().show(ANSWERS)
    assert shown["witness"] == "李*"
    assert shown["diagnosis"] != "秘密"
    assert shown["opinion"] == "依法调解"


def test_what_is_copied_into_the_record_is_seen_no_better_than_there() -> None:
    shown = answers().show(ANSWERS)
    assert shown["who"] == "张*"
    assert shown["helper"] == {"phone": "138****1234", "kind": "lawyer"}
    assert "who" not in answers({"/name": "hidden"}).show(ANSWERS)
    assert "helper" not in answers({"/agent": "hidden"}).show(ANSWERS)
    assert "outcome" not in answers({"/outcome": "hidden"}).show(ANSWERS)


def test_a_role_speaks_of_a_form_as_of_a_type() -> None:
    assert "opinion" not in answers({"opinion#/opinion": "hidden"}).show(ANSWERS)
    assert answers({"opinion#/witness": "read"}).show(ANSWERS)["witness"] == "李四"
    assert answers({"other#/opinion": "hidden"}).show(ANSWERS)["opinion"] == "依法调解"


def test_of_several_roles_the_one_that_allows_most_counts() -> None:
    both = answers({"opinion#/opinion": "hidden"}, {})
    assert both.show(ANSWERS)["opinion"] == "依法调解"


def test_what_a_role_says_of_forms_changes_nothing_in_the_record() -> None:
    said = (("opinion#/name", "hidden"),)
    assert plan_of(RECORD, [said]).levels == plan_of(RECORD, [()]).levels


def test_disclosing_opens_what_is_masked_and_nothing_that_is_hidden() -> None:
    shown = answers({"opinion#/diagnosis": "hidden"}, disclosed=True).show(ANSWERS)
    assert shown["who"] == "张三"
    assert shown["witness"] == "李四"
    assert "diagnosis" not in shown
    assert answers(disclosed=True).level("/witness") is Level.WRITE
