"""A part that was pasted with its own outer braces is told as that, not as a missing key."""

from __future__ import annotations

import json

import pytest

from portal.core.json_faults import explained
from portal.i18n import translator

ZH = translator("zh")


def said(text: str) -> str:
    with pytest.raises(json.JSONDecodeError) as error:
        json.loads(text)
    return explained(error.value, "x.json").render(ZH)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"windows": {\n"a": {"number": 1},\n{\n"b": {"number": 2}\n}\n}}', 3),
        ('{"windows": {\n{\n"b": {"number": 2}\n}\n}}', 2),
        ('{"windows": {\n"a": {"title": "}{[", "number": 1}\n{\n"b": {"number": 2}\n}\n}}', 3),
    ],
    ids=["after a comma", "as the first", "without a comma"],
)
def test_a_pasted_part_with_its_own_braces_is_one_pair_too_many(text: str, line: int) -> None:
    assert f"第 {line} 行第 1 列不符合 JSON 格式：粘贴的内容外面多了一对 {{ }}" in said(text)
    assert "请删去这个 {" in said(text)


@pytest.mark.parametrize("text", ['{"a": [{"b": 1} {"b": 2}]}', '{"a": {"b": 1} "c": 2}', '{"a" {"b": 1}}'])
def test_other_missing_signs_are_told_as_before(text: str) -> None:
    assert "多了一对" not in said(text)
