"""Sets of three or more string constants that modules share: at most ten, each with a reason.

A set here is a vocabulary, however many modules speak it; two modules may share constants of one of them only.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import portal
from tests.structure.shared import Shared, shared_sets

ROOT = Path(portal.__file__).parent
MOST = 10


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Vocabulary -> its words, and why more than one module writes them down.
KNOWN: dict[str, tuple[frozenset[str], str]] = {
    "JSON Schema": (
        words(
            "$defs $dynamicRef $recursiveRef $ref additionalItems allOf anyOf array boolean const contains default "
            "definitions dependencies dependentSchemas else enum examples exclusiveMaximum exclusiveMinimum format if "
            "integer items maxItems maxLength maxProperties maximum minItems minLength minProperties minimum "
            "multipleOf not null number object oneOf pattern patternProperties prefixItems properties propertyNames "
            "required string then type unevaluatedItems uniqueItems"
        ),
        "the words of the standard; each module names those whose meaning it handles, and they never change",
    ),
    "formats of values": (
        words("attachment cn-id-number cn-phone date email taxonomy-code time unit-code"),
        "formats are defined in one module; the others say what is wrong with a value, or how it is entered",
    ),
    "classes of values": (
        words("boolean date day number string taxonomy text unit"),
        "the few classes that operators, columns and orders go by; kinds are many, these are closed",
    ),
    "conditions": (
        words("all any none codes days nothing part value values eq gt gte lt lte ne"),
        "joints, operands and comparisons: read by the parser, by the engine's translation and by addresses of lists",
    ),
    "columns of records": (
        words(
            "amount canonical_stage code created_at dispute_type due_on handler is_open occurred_on place stage title "
            "unit actor channel ip kind reason request_id parent release version"
        ),
        "columns of the tables of records and of audit entries, named where they are declared, filled and answered",
    ),
    "what happens to accounts": (
        words(
            "active email first_name last_name last_login roles username fail_login_count login_count centre group "
            "role unit user"
        ),
        "columns of Flask-AppBuilder's accounts and the things of the audit log: its forms and our words for them",
    ),
    "handing over": (
        words("absent assist centre deadline down mode on_call resident rotating route to up"),
        "members of a proposal and its seats: as rules give them, as stories expect them, as the API takes them",
    ),
    "definitions": (
        words(
            "calendar_day clock ends hour month pauses record referral resumes rooms starts subcentres task windows "
            "working_day year no_list not_in_list nothing_to_remove same"
        ),
        "members of periods, worklists and layouts: read when compiled, and named by the check that says what is wrong",
    ),
    "tree and stages": (
        words("adjudicate assign city county handle mediate province township village"),
        "levels of the state and canonical stages: closed sets, with a word, a tone or a number of demo records each",
    ),
    "arguments": (
        words(
            "action field kind person thing unit page size sort add delete edit list show transition id name phone"
        ),
        "arguments of addresses and what is found by them: read by a page, read by the API, described in its document",
    ),
}


def strangers(found: list[Shared]) -> list[str]:
    return [str(one) for one in found if not any(one.constants <= known for known, _reason in KNOWN.values())]


def test_at_most_ten_sets_are_shared_each_for_a_reason() -> None:
    found = shared_sets(ROOT)
    assert strangers(found) == []
    assert len(KNOWN) <= MOST
    assert all(reason for _words, reason in KNOWN.values())
    for name, (known, _reason) in KNOWN.items():
        assert any(one.constants <= known for one in found), f"{name}: shared no more; take it from the list"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ('A = ("sent", "accepted", "done")', 'B = {"sent": 1, "accepted": 2, "done": 3, "revoked": 4}'),
        (
            'A = frozenset({"sent", "accepted", "done"})',
            'def f():\n    for x, y in (("sent", 1), ("accepted", 2), ("done", 3)): pass',
        ),
        (
            'from typing import Literal\nA = Literal["sent", "accepted", "done"]',
            'class B(StrEnum):\n    A = "sent"\n    B = "accepted"\n    C = "done"',
        ),
    ],
)
def test_a_shared_set_is_found_in_any_shape(tmp_path: Path, one: str, two: str) -> None:
    for name, text in (("one", one), ("two", two), ("three", '__all__ = ["sent", "accepted", "done"]')):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (found,) = shared_sets(tmp_path)
    assert found.constants == {"sent", "accepted", "done"}
    assert strangers([found])
