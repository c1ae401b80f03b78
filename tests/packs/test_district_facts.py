"""Each statement of the reports about a district has its place in the packs, or says why it has none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from portal.core import pointer as pointers

ROOT = Path(__file__).parents[2]
HEAD = "## What is said of each district, and where it stands"
TEXT = (ROOT / "docs" / "districts.md").read_text(encoding="utf-8").partition(HEAD)[2].partition("\n## ")[0]
# How much the reports say of each, at least.
SAID = {
    "Kunming": 14,
    "Wuhua": 5,
    "Xishan": 9,
    "Chenggong": 6,
    "Jinning": 4,
    "Fumin and Songming": 4,
    "Guandu": 15,
    "Zhejiang": 10,
    "Pinghu": 4,
    "Zhuji": 5,
    "Anji, Yuhang, Yinzhou, Huzhou": 6,
    "Uxin": 16,
    "Yuyang": 16,
}
REASONS = ("not: figure", "not: name only", "not: no matter", "never: ")
_CODE = re.compile(r"`([^`]+)`")


def _rows() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    title = ""
    for line in TEXT.splitlines():
        if line.startswith("### "):
            title = line[4:]
        elif line.startswith("| ") and not line.startswith("| said |"):
            said, stands = (cell.strip() for cell in line.strip("| ").split(" | "))
            found.setdefault(title, []).append((said, stands))
    return found


ROWS = _rows()
PLACES = sorted({place for rows in ROWS.values() for _, stands in rows for place in _CODE.findall(stands)})


def lies(place: str) -> bool:
    """Tell whether a place lies in the shipped packs: a file, or a pointer into one."""
    name, mark, pointer = place.partition("#")
    file = ROOT / name
    if name.split("/")[0] not in ("seed", "form_definitions", "rule_sets") or not file.is_file():
        return False
    if not mark:
        return True
    nothing = object()
    return pointers.get(json.loads(file.read_text(encoding="utf-8")), pointer, nothing) is not nothing


def test_each_district_has_its_statements() -> None:
    assert {title: len(rows) >= SAID[title] for title, rows in ROWS.items()} == dict.fromkeys(SAID, True)


@pytest.mark.parametrize("place", PLACES)
def test_the_place_lies_in_the_packs(place: str) -> None:
    assert lies(place)


def test_what_has_no_place_says_why() -> None:
    unsaid = [
        said
        for rows in ROWS.values()
        for said, stands in rows
        if not _CODE.search(stands) and not stands.startswith((*REASONS, "not: "))
    ]
    assert unsaid == []


def test_a_place_that_is_not_there_is_found_out() -> None:
    assert not lies("seed/county/yuyang/layout.json#/patterns/nothing")
    assert not lies("seed/county/nowhere/layout.json")
    assert not lies("docs/districts.md")
