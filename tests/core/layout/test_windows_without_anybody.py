"""Windows with nobody, dealt out at one go: to their own department or by turns, never one at two places at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.core.layout.filling import dealt
from portal.core.layout.model import Layout
from portal.core.layout.week import WHOLE, Clash, clashes, week_of

MONDAY = date(2026, 11, 30)


def layout(stationing: dict[str, Any] | None = None, **owners: str) -> Layout:
    windows = {
        key: {"title": key, "zone": "z", "department": owner, "order": number}
        for number, (key, owner) in enumerate(owners.items())
    }
    definition = {"centre": {}, "zones": {"z": {"title": "大厅"}}, "windows": windows}
    return Layout.from_definition({**definition, "stationing": stationing or {}})


def test_each_window_gets_its_own_department_on_each_open_day() -> None:
    made = layout(a="justice", b="labour")
    found = dealt(made, week_of(made, MONDAY))
    assert {(one.window, one.department) for one in found} == {("a", "justice"), ("b", "labour")}
    assert [one.day for one in found if one.window == "a"] == [1, 2, 3, 4, 5]
    assert {one.half for one in found} == {WHOLE}


def test_a_department_of_two_windows_is_not_put_at_both() -> None:
    made = layout(a="justice", b="justice")
    found = dealt(made, week_of(made, MONDAY))
    assert {one.department for one in found if one.window == "a"} == {"justice"}
    assert {one.department for one in found if one.window == "b"} == {""}


def test_several_take_turns_and_nobody_collides() -> None:
    stay = {
        "department": "women",
        "mode": "rotating",
        "place": {"window": "a"},
        "roster": [{"weekdays": [1]}],
    }
    made = layout({"s": stay}, a="justice", b="labour", c="justice")
    found = dealt(made, week_of(made, MONDAY), ["women", "union"])
    put: dict[str, list[Any]] = {}
    for one in found:
        put.setdefault(f"{one.window}:{one.department}", []).append(one.day)
    # On Monday the women's federation sits at the first window already.
    assert 1 not in [*put.get("b:women", []), *put.get("c:women", [])]
    stays = {
        name: {
            "department": name.partition(":")[2],
            "mode": "rotating",
            "place": {"window": name.partition(":")[0]},
            "roster": [{"weekdays": days}],
        }
        for name, days in put.items()
        if not name.endswith(":")
    }
    after = layout({"s": stay, **stays}, a="justice", b="labour", c="justice")
    found_clashes: list[Clash] = clashes(week_of(after, MONDAY))
    assert found_clashes == []


def test_with_nobody_empty_there_is_nothing_to_deal() -> None:
    made = layout()
    assert dealt(made, week_of(made, MONDAY), ["women"]) == []
