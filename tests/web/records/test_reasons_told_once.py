"""One rule is the reason of several things: the panel tells it once."""

from __future__ import annotations

from typing import Any

from portal.web.records.panels.proposals import Proposals


def test_a_reason_is_told_once_and_what_is_new_in_it_is_told() -> None:
    words: Any = None
    panel = Proposals(words, [], {}, led=False, rests=False, periods=[])
    told = [
        panel.once(why) for why in ("久拖不决。", "久拖不决。 事项复杂。", "久拖不决。", "", "事项复杂。")
    ]
    assert told == ["久拖不决。", "事项复杂。", "", "", ""]
