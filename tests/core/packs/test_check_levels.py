from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from portal.core.layout import formula, layout_at
from portal.core.packs import check, resolve

LAYOUT = "seed/county/xishan/layout.json"
LEVEL = {
    "name": "{unit}综治中心",
    "zones": {"hall": {"title": "登记受理区"}},
    "rooms": {"talk": {"title": "调解室", "zone": "hall", "kind": "mediation"}},
    "windows": {"one": {"title": "综合窗口", "zone": "hall", "takes": ["D01"]}},
    "stationing": {"justice": {"department": "justice", "mode": "resident", "place": {"room": "talk"}}},
    "patterns": {
        "zones": {
            "title": "两区",
            "style": "plus",
            "terms": [{"title": "区", "members": {"units": {"level": "village"}}, "claimed": 1}],
        }
    },
    "units": {"530112001": {"rooms": {"talk": {"title": "功能区"}}}},
}


def found(sample, change=None, unit: dict[str, Any] | None = None, code="530112001", level="township"):
    sample.files["translations/county/xishan/en.json"]["{unit}综治中心"] = "{unit} centre"
    made = {**LEVEL, **(change or {})}
    if unit is not None:
        made["units"] = {code: unit}
    sample.files[LAYOUT]["levels"] = {level: made}
    return [(one.code, one.pointer) for one in check(sample.library()) if one.file == LAYOUT]


def test_a_level_and_a_unit_of_it_are_sound(sample):
    assert found(sample) == []
    assert check(sample.library()) == []


AT = "/levels/township"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"rooms": {"talk": {"title": "调解室", "zone": "roof", "kind": "m"}}},
            ("layout.level_reference", f"{AT}/rooms/talk/zone"),
        ),
        (
            {"rooms": {"talk": {"title": "调解室", "zone": "hall"}}},
            ("schema.missing_key", f"{AT}/rooms/talk"),
        ),
        (
            {"windows": {"one": {"title": "综合窗口", "zone": "hall", "takes": ["D77"]}}},
            ("reference.unknown", f"{AT}/windows/one/takes/0"),
        ),
        (
            {"stationing": {"x": {"department": "nobody", "mode": "on_call"}}},
            ("reference.unknown", f"{AT}/stationing/x/department"),
        ),
        (
            {"stationing": {"x": {"department": "women", "mode": "resident", "place": {"room": "no"}}}},
            ("layout.level_reference", f"{AT}/stationing/x/place/room"),
        ),
        (
            {"stationing": {"x": {"department": "women", "mode": "resident"}}},
            ("schema.missing_key", f"{AT}/stationing/x"),
        ),
        ({"doors": {}}, ("schema.unknown_key", f"{AT}/doors")),
    ],
)
def test_what_a_level_has_wrong_is_told_once_at_its_place(sample, change, expected):
    assert found(sample, change) == [expected]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ({"rooms": {"talk": {"hidden": True}}}, ("layout.level_reference", "/stationing/justice/place/room")),
        ({"rooms": {"new": {"zone": "hall", "kind": "x"}}}, ("schema.missing_key", "/rooms/new")),
        (
            {"stationing": {"justice": {"place": {"window": "two"}}}},
            ("layout.level_reference", "/stationing/justice/place/window"),
        ),
        (
            {
                "patterns": {
                    "zones": {
                        "terms": [{"title": "区", "members": {"units": {"level": "village"}}, "claimed": 9}]
                    }
                }
            },
            ("layout.claimed", "/patterns/zones/terms/0/claimed"),
        ),
        ({"units": {}}, ("schema.unknown_key", "/units")),
    ],
)
def test_what_a_unit_has_wrong_is_told_at_the_unit(sample, unit, expected):
    assert found(sample, unit=unit) == [(expected[0], f"{AT}/units/530112001{expected[1]}")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("530112999", "reference.unit"), ("530112001001", "layout.level"), ("530112", "layout.level")],
)
def test_a_unit_is_one_of_its_level(sample, code, expected):
    assert found(sample, unit={}, code=code) == [(expected, f"{AT}/units/{code}")]


def test_a_level_that_there_is_not(sample):
    assert found(sample, level="grid") == [("schema.unknown_key", "/levels/grid")]


def test_texts_of_levels_and_of_their_units_are_translated(sample):
    found(sample, unit={"rooms": {"talk": {"title": "没有译文"}}})
    problems = [one for one in check(sample.library()) if one.code == "text.untranslated"]
    assert [(one.file, one.pointer) for one in problems] == [
        (LAYOUT, f"{AT}/units/530112001/rooms/talk/title")
    ]


GUIDE = Path(__file__).parents[3] / "docs/formats/layout.md"


def test_the_example_of_the_documents_is_sound_and_reads_as_it_says(sample):
    block = next(
        text for text in re.findall(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "levels" in text
    )
    levels = json.loads(block)["levels"]
    township = levels["township"]
    township["units"] = {"530112001": township["units"].pop("530115001")}
    township["stationing"] = {
        name: {"department": name, "mode": "resident", "place": {"room": "mediation"}}
        for name in ("justice", "women")
    }
    sample.files[LAYOUT]["levels"] = levels
    assert {one.code for one in check(sample.library())} == {"text.untranslated"}
    bundle = resolve("county/xishan", sample.library()).bundle
    village = layout_at(bundle["layout"], bundle["departments"], "village")
    assert formula(village, "three_rooms").text == "三室一平台"
    street = layout_at(bundle["layout"], bundle["departments"], "township", "530112001")
    assert formula(street, "force").text == "1+2+N"
    assert [room.id for room in street.rooms] == ["mediation", "trial"]
