from __future__ import annotations

import pytest

from portal.core.packs import check, resolve
from portal.core.packs.check.centres import same_agencies

LAYOUT = "seed/county/xishan/layout.json"


def found(sample, packs=None):
    return [
        (one.code, one.file, one.pointer)
        for one in check(sample.library(), packs)
        if one.code != "text.untranslated"
    ]


def open_centres(sample, **centres):
    sample.files["seed/city/kunming/units.json"] = {"centres": centres}
    sample.files["seed/city/kunming/divisions.csv"] += (
        "530111,530100,county,官渡区,\n530113,530100,county,东川区,\n"
    )


def test_centres_are_opened_for_units_that_there_are(sample):
    open_centres(
        sample,
        **{
            "530111": {"name": "官渡区综治中心", "agency": "官综", "note": "示例，待核"},
            "530113": {"name": "东川区综治中心", "agency": "东综"},
        },
    )
    assert found(sample) == []
    sample.files["seed/city/kunming/units.json"]["centres"]["530199"] = {"name": "某", "agency": "某综"}
    assert found(sample) == [("reference.unit", "seed/city/kunming/units.json", "/centres/530199")]


@pytest.mark.parametrize(
    ("centre", "code", "pointer"),
    [
        ({"name": "官渡"}, "schema.missing_key", "/centres/530111"),
        ({"name": "官渡", "agency": ""}, "schema.minLength", "/centres/530111/agency"),
        ({"name": "官渡", "agency": "官综", "phone": "1"}, "schema.unknown_key", "/centres/530111/phone"),
    ],
)
def test_an_opened_centre_has_a_name_and_an_agency_word(sample, centre, code, pointer):
    open_centres(sample, **{"530111": centre})
    assert (code, "seed/city/kunming/units.json", pointer) in found(sample)


def test_a_pack_opens_no_centre_for_its_own_unit(sample):
    open_centres(sample, **{"530100": {"name": "昆明", "agency": "昆综"}})
    assert found(sample) == [("centre.own", "seed/city/kunming/units.json", "/centres/530100")]


def test_the_layout_describes_the_centre_of_the_packs_unit(sample):
    sample.files[LAYOUT]["centre"]["unit"] = "530112"
    assert found(sample) == []
    sample.files[LAYOUT]["centre"]["unit"] = "530100"
    assert found(sample) == [("layout.centre_unit", LAYOUT, "/centre/unit")]


def test_a_pack_that_inherits_another_units_centre_is_told_at_its_own_place(sample):
    sample.files["seed/city/kunming/layout.json"] = {
        "centre": {"name": "昆明市综治中心", "agency": "昆综", "unit": "530100"}
    }
    assert found(sample) == [("layout.centre_unit", "seed/county/xishan/pack.json", "/unit")]
    sample.files[LAYOUT]["centre"]["unit"] = "530112"
    assert found(sample) == []


def test_two_opened_centres_have_two_agency_words(sample):
    open_centres(
        sample, **{"530111": {"name": "官渡", "agency": "官综"}, "530113": {"name": "东川", "agency": "官综"}}
    )
    problems = [one for one in check(sample.library()) if one.code == "centre.agency"]
    assert [(one.file, one.pointer) for one in problems] == [
        ("seed/city/kunming/units.json", "/centres/530113/agency")
    ]
    assert problems[0].params == {
        "agency": "官综",
        "unit": "530113",
        "other": "530111",
        "pack": "city/kunming",
    }
    assert problems[0].remedy


def test_a_pack_and_an_opened_centre_have_two_agency_words(sample):
    open_centres(sample, **{"530111": {"name": "官渡", "agency": "西综"}})
    assert found(sample) == [("centre.agency", LAYOUT, "/centre/agency")]
    assert found(sample, ["city/kunming"]) == []
    assert found(sample, ["county/xishan"]) == [
        ("centre.agency", "seed/city/kunming/units.json", "/centres/530111/agency")
    ]


def test_a_pack_of_its_own_stands_above_the_centre_that_the_city_opened(sample):
    open_centres(
        sample, **{"530112": {"name": "西山", "agency": "西综"}, "530111": {"name": "官", "agency": "官综"}}
    )
    assert found(sample) == []
    sample.files[LAYOUT]["centre"]["agency"] = "山综"
    assert found(sample) == []


def test_a_pack_that_has_its_agency_word_from_above_is_told_in_its_manifest(sample):
    sample.files["seed/city/kunming/layout.json"] = {"centre": {"name": "昆明", "agency": "西综"}}
    sample.files[LAYOUT]["centre"]["unit"] = "530112"
    packs = [resolve(pack, sample.library()) for pack in ("county/xishan", "city/kunming")]
    problems = list(same_agencies(packs))
    assert [(one.code, one.file, one.params["other"]) for one in problems] == [
        ("centre.agency", "seed/county/xishan/pack.json", "530100")
    ]
    assert list(same_agencies(packs[:1])) == []


@pytest.mark.parametrize("word", ["西综 ", "西 综", "西\u200b综"])
def test_agency_words_that_look_the_same_are_the_same(sample, word):
    open_centres(sample, **{"530111": {"name": "官渡", "agency": word}})
    assert found(sample) == [("centre.agency", LAYOUT, "/centre/agency")]
