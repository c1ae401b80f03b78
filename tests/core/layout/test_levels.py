from __future__ import annotations

import copy

import pytest

from portal.core.layout import definition_at, formula, layout_at
from portal.core.text import Texts, UnitTexts

DEPARTMENTS = {"justice": {"name": "司法局"}, "court": {"name": "法院"}}
LAYOUT = {
    "centre": {"name": "西山区综治中心", "agency": "西综", "unit": "530112"},
    "rooms": {"big": {"title": "大厅", "zone": "hall", "kind": "meeting"}},
    "levels": {
        "township": {
            "name": "{unit}综治中心",
            "plates": {"main": {"title": "{unit}综治中心"}},
            "zones": {"hall": {"title": "大厅"}},
            "rooms": {
                "safety": {"title": "综治办公室", "zone": "hall", "kind": "office", "order": 1},
                "mediation": {"title": "调解室", "zone": "hall", "kind": "mediation", "order": 2},
                "police": {"title": "警务室", "zone": "hall", "kind": "office", "order": 3},
            },
            "stationing": {
                "justice": {"department": "justice", "mode": "resident", "place": {"room": "mediation"}}
            },
            "patterns": {
                "rooms": {
                    "title": "三室一平台",
                    "style": "chinese",
                    "terms": [
                        {"title": "室", "measure": "室", "members": {"rooms": True}},
                        {"title": "平台", "measure": "平台", "members": {"centre": True}},
                    ],
                },
                "force": {
                    "title": "1+5+N",
                    "style": "plus",
                    "terms": [
                        {"title": "中心", "members": {"centre": True}},
                        {"title": "村", "members": {"units": {"level": "village"}}},
                        {"title": "法庭", "members": {"rooms": {"kind": "court"}}, "optional": True},
                        {"title": "其他", "members": None, "letter": "N"},
                    ],
                },
            },
            "units": {
                "530112001": {
                    "rooms": {
                        "police": {"hidden": True},
                        "trial": {"title": "审判点", "zone": "hall", "kind": "court", "order": 4},
                    },
                    "stationing": {"justice": {"place": {"zone": "hall"}}},
                },
                "530112002": {"name": "金碧调解中心"},
            },
        }
    },
}


def of(code=None, level="township"):
    found = layout_at(LAYOUT, DEPARTMENTS, level, code)
    assert found is not None
    return found


def test_a_level_gives_the_layout_of_each_of_its_units():
    layout = of("530112009")
    assert [room.id for room in layout.rooms] == ["safety", "mediation", "police"]
    assert layout.centre["agency"] == "西综"
    assert layout.departments == DEPARTMENTS
    assert of() == layout


def test_a_unit_has_what_is_otherwise_there():
    layout = of("530112001")
    assert [room.id for room in layout.rooms] == ["safety", "mediation", "trial"]
    assert [(stay.place_kind, stay.place) for stay in layout.stationing] == [("zone", "hall")]
    assert [(stay.place_kind, stay.place) for stay in of("530112009").stationing] == [("room", "mediation")]
    assert of("530112002").centre["name"] == "金碧调解中心"


def test_deriving_changes_nothing():
    before = copy.deepcopy(LAYOUT)
    definition = definition_at(LAYOUT, "township", "530112001")
    definition["rooms"]["trial"]["title"] = "x"
    assert definition_at(LAYOUT, "township", "530112009") == definition_at(before, "township", None)


@pytest.mark.parametrize("level", ["village", "county", "city", "units"])
def test_where_no_level_says_it_there_is_none(level):
    assert layout_at(LAYOUT, DEPARTMENTS, level, "530112001") is None
    assert layout_at({}, DEPARTMENTS, level) is None


def test_patterns_are_counted_for_the_unit():
    villages = {"level": "village"}

    def names(selector):
        assert selector == villages
        return ["甲村", "乙村", "丙村", "丁村", "戊村"]

    say = UnitTexts(unit="马街街道")
    assert formula(of("530112009"), "rooms", texts=say).text == "三室一平台"
    plain, own = (formula(of(code), "force", units=names, texts=say) for code in ("530112009", "530112001"))
    assert plain.text == "1+5(0)+N"
    assert own.text == own.name == "1+5(1)+N"
    assert own.terms[0].members == ("马街街道综治中心",)
    assert formula(of("530112001"), "rooms", texts=say).text == "三室一平台"


def test_the_name_of_the_unit_stands_in_the_texts_of_every_language():
    say = UnitTexts("en", {"en": {"{unit}综治中心": "{unit} centre"}}, "Majie")
    assert say("{unit}综治中心") == "Majie centre"
    assert say({"zh_Hans": "{unit}", "en": "of {unit}"}) == "of Majie"
    assert say(None, "{unit}") == "Majie"
    assert Texts()("{unit}") == "{unit}"
