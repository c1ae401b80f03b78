"""What lists keep quiet about is said by a condition over fields that there are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.core.packs import check

CASE = "form_definitions/base/case.json"


def found(sample: Any, condition: Any) -> list[tuple[str, str]]:
    form = sample.files[CASE]
    sample.files[CASE] = json.loads(json.dumps(form))
    sample.files[CASE]["entity"]["discreet"] = condition
    return [(one.code, one.pointer) for one in check(sample.library()) if one.code.startswith("condition.")]


def test_a_condition_over_fields_of_the_form_is_right(sample: Any) -> None:
    assert found(sample, {"field": "/amount", "op": "gt", "value": 5}) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "/nothing", "op": "exists"},
        {"field": "/amount", "op": "sounds_like", "value": 5},
        {"field": "/parent/steps", "op": "has", "value": "no_joint_meeting"},
    ],
)
def test_a_field_or_an_operator_that_there_is_not_is_told_at_its_place(sample: Any, condition: Any) -> None:
    problems = found(sample, condition)
    assert problems
    assert all("/entity/discreet" in where for _, where in problems)
