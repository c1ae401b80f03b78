"""The formula counted from what is drawn, beside what is declared."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.layout.counting import counted_formula, declared
from portal.core.text import Texts


def hall(zones: int, rooms: int, courts: int) -> dict[str, Any]:
    made: dict[str, Any] = {"zones": {f"z{n}": {"title": f"区{n}"} for n in range(zones)}}
    made["rooms"] = {f"r{n}": {"title": f"室{n}", "zone": "z0", "kind": "office"} for n in range(rooms)}
    made["rooms"] |= {f"c{n}": {"title": f"庭{n}", "zone": "z0", "kind": "court"} for n in range(courts)}
    return made


PATTERN = {
    "title": "特色格局",
    "style": "chinese",
    "terms": [
        {"title": "功能区", "measure": "区", "members": None, "claimed": 3},
        {"title": "功能室", "measure": "室", "members": None, "claimed": 11},
        {"title": "法庭", "measure": "庭", "members": None, "claimed": 1},
    ],
}


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((3, 11, 1), "三区十一室一庭"),
        ((9, 19, 0), "九区十九室"),
        ((2, 2, 2), "两区两室两庭"),
        ((0, 0, 0), ""),
    ],
)
def test_the_formula_is_the_number_of_members(numbers: tuple[int, int, int], text: str) -> None:
    assert counted_formula(hall(*numbers), Texts()).text == text


def test_what_is_out_of_use_or_unfinished_is_not_counted() -> None:
    layout = hall(3, 11, 1)
    layout["rooms"]["r0"]["hidden"] = True
    layout["rooms"]["r1"] = {"zone": "z0"}
    assert counted_formula(layout, Texts()).text == "三区九室一庭"
    assert [len(term.members or ()) for term in counted_formula(layout, Texts()).terms] == [3, 9, 1]


def test_a_claim_without_members_can_be_counted_from_the_drawing() -> None:
    layout = hall(3, 11, 1) | {"patterns": {"own": PATTERN}}
    (one,) = declared(layout, {}, Texts())
    assert not one.agrees
    assert one.formula.text == "三?区十一?室一?庭"
    assert one.countable is not None
    layout["patterns"]["own"] = PATTERN | {"terms": one.countable}
    (again,) = declared(layout, {}, Texts())
    assert again.agrees
    assert again.formula.text == "三区十一室一庭"
    assert again.countable is None


def test_a_claim_that_the_drawing_does_not_bear_out_is_told() -> None:
    layout = hall(3, 10, 1) | {"patterns": {"own": PATTERN}}
    counted = declared(layout, {}, Texts())[0].countable
    layout["patterns"]["own"] = PATTERN | {"terms": counted}
    (one,) = declared(layout, {}, Texts())
    assert not one.agrees
    assert [term.state for term in one.formula.terms] == ["agrees", "differs", "agrees"]
