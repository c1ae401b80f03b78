"""What the check says of a hall: halves of days at a window, the drawing, checklists without evidence."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.packs import check

LAYOUT = "seed/county/xishan/layout.json"


def found(sample: Any) -> dict[str, str]:
    """Return the findings about the hall by code, each with its severity."""
    return {one.code: one.severity for one in check(sample.library()) if one.code.startswith("layout.")}


def stay(*roster: dict[str, Any]) -> dict[str, Any]:
    return {"department": "justice", "mode": "rotating", "place": {"window": "w1"}, "roster": list(roster)}


@pytest.mark.parametrize(
    ("women", "justice", "collides"),
    [
        ({"weekdays": [1], "half": "morning"}, {"weekdays": [1], "half": "afternoon"}, False),
        ({"weekdays": [1], "half": "morning"}, {"weekdays": [1]}, True),
        ({"weekdays": [1], "half": "morning"}, {"weekdays": [1, 2], "half": "morning"}, True),
        ({"weekdays": [1], "half": "morning"}, {"dates": ["2026-11-30"], "half": "afternoon"}, False),
        ({"weekdays": [1], "half": "morning"}, {"dates": ["2026-11-30"]}, True),
        ({"weekdays": [1]}, {"weekdays": [2]}, False),
    ],
)
def test_two_departments_share_the_day_of_a_window_by_halves(
    sample: Any, women: dict[str, Any], justice: dict[str, Any], collides: bool
) -> None:
    stays = sample.files[LAYOUT]["stationing"]
    stays["women"]["roster"] = [women]
    stays["second"] = stay(justice)
    assert ("layout.two_at_window" in found(sample)) is collides


def test_what_lies_over_another_or_outside_is_advice(sample: Any) -> None:
    layout = sample.files[LAYOUT]
    layout["rooms"]["r2"] = {"title": "二室", "zone": "talk", "kind": "office"}
    for key in ("r1", "r2"):
        layout["rooms"][key]["position"] = {"x": 0, "y": 1, "w": 3, "h": 2}
    layout["windows"]["w1"]["position"] = {"x": 60, "y": 1, "w": 3, "h": 3}
    assert found(sample) == {"layout.over": "warning", "layout.outside": "warning"}
    layout["rooms"]["r2"]["position"]["x"] = 4
    layout["windows"]["w1"]["position"]["x"] = 0
    assert found(sample) == {}


def test_an_entry_that_is_there_says_what_shows_it(sample: Any) -> None:
    entry = {"title": "有牌子", "met": "2025-08-01"}
    sample.files[LAYOUT]["checklists"] = {"five": {"title": "五有", "items": {"plate": entry}}}
    assert found(sample) == {"layout.evidence": "warning"}
    entry["evidence"] = "照片"
    assert found(sample) == {}
    entry["met"] = "someday"
    assert any(one.severity == "error" for one in check(sample.library()))
