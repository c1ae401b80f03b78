"""Questions in a merge: an own value at an open place is its answer; what no side changed can be answered."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.packs.merge import ABSENT
from portal.core.packs.questions import SECTION
from portal.core.packs.three_way import Answer, Parent, three_way
from portal.core.packs.three_way.absent import digest_of

TITLE, HOTLINE = "/settings/title", "/settings/values/hotline"
ASKS = {
    "called": {
        "title": "区名",
        "kind": "unit_name",
        "blank": "本地",
        "places": [{"path": TITLE, "text": "{called}平台"}],
    },
    "hotline": {"title": "电话", "kind": "phone", "places": [{"path": HOTLINE}]},
}
BASE: dict[str, Any] = {"settings": {"title": "某平台", "values": {}}}
THEIRS: dict[str, Any] = {"settings": {"title": "本地平台", "values": {}}, SECTION: ASKS}


def merged(layer: dict[str, Any], *answers: Answer) -> Any:
    return three_way(Parent("city@1", BASE), Parent("city@2", THEIRS), layer, answers)


@pytest.mark.parametrize(("title", "pile"), [("西山区平台", "kept"), ("我们的门", "decide")])
def test_a_value_that_answers_is_kept_and_another_one_is_decided(title: str, pile: str) -> None:
    done = merged({"settings": {"title": title}})
    [one] = [one for one in done.decisions if one.path == TITLE]
    assert one.pile == pile
    assert (one.note == "answer") is (pile == "kept")
    assert done.bundle["settings"]["title"] == title


def test_a_removal_is_no_answer() -> None:
    assert [one.conflict for one in merged({"settings": {"title": None}}).undecided] == ["removed_here"]


def test_a_place_that_no_side_has_takes_an_answer() -> None:
    nothing = digest_of(ABSENT)
    answer = Answer(HOTLINE, (nothing, nothing, nothing), "custom", "0871-67890000")
    done = merged({}, answer)
    assert done.bundle["settings"]["values"] == {"hotline": "0871-67890000"}
    assert done.layer == {"settings": {"values": {"hotline": "0871-67890000"}}}
    assert done.stale == ()
    [one] = [one for one in done.decisions if one.path == HOTLINE]
    assert (one.pile, one.note, one.answered) == ("kept", "answer", True)
    # At a place that nothing asks for, the same answer has nothing to hold on to.
    other = Answer("/settings/values/other", (nothing, nothing, nothing), "custom", "x")
    assert merged({}, other).stale == (other,)


def test_without_an_answer_nothing_is_said_of_such_a_place() -> None:
    assert HOTLINE not in [one.path for one in merged({}).decisions]
