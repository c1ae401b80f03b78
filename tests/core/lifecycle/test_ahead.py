"""What can follow a stage: in order, what may be left out is told apart, and alternatives stand together."""

from __future__ import annotations

from typing import Any

import pytest

from portal.adapters.pack_files import default_library
from portal.core.lifecycle import Lifecycle, ahead, compile_lifecycle
from portal.core.packs import resolve


def shipped(pack: str) -> Lifecycle:
    definition = resolve(pack, default_library()).bundle["lifecycles"]["case"]
    return compile_lifecycle(definition, lifecycle_id="case")


def told(lifecycle: Lifecycle, here: str) -> list[str]:
    """Return each place ahead: alternatives with a bar between, what may be left out in brackets."""
    found = []
    for one in ahead(lifecycle, here):
        names = "|".join(stage.id for stage in one.stages)
        found.append(f"({names})" if one.optional else names)
    return found


@pytest.mark.parametrize(
    ("pack", "here", "expected"),
    [
        ("base", "intake", ["(assign)", "mediate"]),
        ("base", "mediate", []),
        ("county/xishan", "intake", ["analyse", "assign", "(appraise)", "mediate"]),
        ("county/xishan", "assign", ["(appraise)", "mediate"]),
        ("county/xishan", "appraise", ["mediate"]),
        ("city/kunming", "analyse", ["(appraise)", "mediate|adjudicate"]),
        ("city/kunming", "mediate", ["(adjudicate)"]),
        ("county/wuhua", "front", ["(middle)", "back"]),
    ],
)
def test_the_shipped_courses_are_drawn_as_they_are_walked(pack: str, here: str, expected: list[str]) -> None:
    assert told(shipped(pack), here) == expected


def lifecycle(*steps: tuple[str, str], final: str = "closed") -> Lifecycle:
    names = ["a", "b", "c", "d", "e"]
    stages: dict[str, Any] = {
        name: {"title": name, "canonical": "handle", "order": index} for index, name in enumerate(names)
    }
    stages["a"]["initial"] = True
    stages[final] = {"title": final, "canonical": "close", "order": 90, "final": True, "listed": False}
    transitions = {
        f"s{index}": {"title": "x", "from": [source], "to": target, "roles": ["r"]}
        for index, (source, target) in enumerate(steps)
    }
    return compile_lifecycle({"entity": "t", "title": "t", "stages": stages, "transitions": transitions})


def test_two_ways_of_which_one_is_taken_stand_together() -> None:
    course = lifecycle(
        ("a", "b"), ("b", "c"), ("b", "d"), ("c", "e"), ("d", "e"), ("e", "closed"), ("a", "closed")
    )
    assert told(course, "a") == ["b", "c|d", "e"]
    assert told(course, "c") == ["e"], "what was not chosen does not come any more"


def test_going_back_brings_nothing_ahead() -> None:
    course = lifecycle(("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "closed"), ("e", "b"))
    assert told(course, "d") == ["e"]
    assert told(course, "closed") == []
