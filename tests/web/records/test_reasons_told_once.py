"""One rule is the reason of several things: the page tells it once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from portal.web.records.panels.proposals import Proposals
from portal.web.words.reasons import Reasons


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            ("久拖不决。", "久拖不决。 事项复杂。", "久拖不决。", "", "事项复杂。"),
            ["久拖不决。", "事项复杂。", "", "", ""],
        ),
        # The longer one first: its parts were told, in whatever order they come again.
        (("久拖不决。 事项复杂。", "事项复杂。 久拖不决。", "久拖不决。"), ["久拖不决。 事项复杂。", "", ""]),
        (
            ("It drags on. It is hard.", "It is hard.", "It is harder."),
            ["It drags on. It is hard.", "", "It is harder."],
        ),
    ],
)
def test_a_reason_is_told_once_and_what_is_new_in_it_is_told(said: tuple[str, ...], told: list[str]) -> None:
    reasons = Reasons()
    assert [reasons.once(why) for why in said] == told


def test_what_a_proposal_rests_on_is_told_whole_and_not_again() -> None:
    reasons = Reasons()
    reasons.once("久拖不决。")
    assert reasons.told("久拖不决。 事项复杂。") == "久拖不决。 事项复杂。"
    assert reasons.once("事项复杂。") == ""


def test_who_is_called_for_what_was_told_stands_in_one_line() -> None:
    calls = (
        ("中心主任", "久拖不决。"),
        ("研判员", "久拖不决。"),
        ("评析员", "事项复杂。"),
        ("中心主任", "涉众。"),
    )
    words: Any = SimpleNamespace(called=[SimpleNamespace(title=title, why=why) for title, why in calls])
    panel = Proposals(words, [], {}, led=False, rests=False, periods=[])
    reasons = Reasons()
    reasons.once("久拖不决。")
    assert panel.called(reasons) == [(["评析员"], "事项复杂。"), (["中心主任"], "涉众。"), (["研判员"], "")]
