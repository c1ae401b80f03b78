"""Indicators in a pack: types, pairs, codes and personal fields are told in the file where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.packs import check

FILE = "seed/base/indicators/accepted.json"
SOUND: dict[str, Any] = {
    "title": {"zh_Hans": "受理数", "en": "Accepted"},
    "definition": {"zh_Hans": "当期受理的件数。", "en": "Accepted in the period."},
    "source": "惯例",
    "of": "record",
    "entity": "case",
    "shows": "rate",
    "cohort": "accepted",
    "denominator": {"field": "/record/stage", "op": "in", "value": ["mediate", "closed"]},
    "numerator": {"field": "/steps/start", "op": "eq", "value": True},
    "pairs": ["accepted"],
}


@pytest.fixture
def with_indicator(sample):
    sample.files[FILE] = SOUND | {
        "denominator": dict(SOUND["denominator"]),
        "numerator": dict(SOUND["numerator"]),
    }
    return sample


def test_a_sound_one_is_sound(with_indicator):
    assert check(with_indicator.library()) == []


@pytest.mark.parametrize(
    ("where", "value", "code"),
    [
        ("/entity", "kase", "reference.entity"),
        ("/pairs", ["accept"], "reference.unknown"),
        ("/denominator/value", ["mediat"], "indicator.code"),
        ("/numerator/field", "/steps/strt", "condition.unknown_field"),
        ("/shows", "rates", "schema.enum"),
        ("/by", "route", "indicator.by"),
    ],
)
def test_a_wrong_one_is_told_in_its_file(with_indicator, where, value, code):
    holder = pointers.get(with_indicator.files[FILE], where.rpartition("/")[0])
    holder[where.rpartition("/")[2]] = value
    found = {(one.code, one.file) for one in check(with_indicator.library())}
    assert (code, FILE) in found


def test_personal_fields_are_no_figures(with_indicator):
    case = with_indicator.files["form_definitions/base/case.json"]
    field = next(iter(case["schema"]["properties"]))
    case["ui"]["fields"].setdefault(f"/{field}", {})["sensitivity"] = "personal"
    with_indicator.files[FILE]["numerator"] = {"field": f"/data/{field}", "op": "exists"}
    codes = {one.code for one in check(with_indicator.library()) if one.file == FILE}
    assert "indicator.personal" in codes
