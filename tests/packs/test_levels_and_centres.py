"""Townships, villages and counties without a pack: what the shipped packs say of them."""

from __future__ import annotations

import pytest

from portal.adapters.pack_files import default_library
from portal.core.layout import LEVELS, definition_at, formula, layout_at
from portal.core.text import UnitTexts

INTEGRATED = {"530115001", "530115002", "530115003", "530115102"}
PILOTS = {"530111001", "530111005", "530114001"}


def divisions(shipped, level):
    chain = shipped.resolved("city/kunming").chain
    text = next(layer.divisions for layer in chain if layer.divisions).decode()
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return {code: parent for code, parent, sort, *_ in rows if sort == level}


def layout_of(shipped, pack, level, code):
    bundle = shipped.bundle(pack)
    found = layout_at(bundle["layout"], bundle["departments"], level, code)
    assert found is not None
    return found


def test_four_townships_of_jinning_have_an_integrated_centre(shipped):
    townships = [code for code, parent in divisions(shipped, "township").items() if parent == "530115"]
    having = {
        code
        for code in townships
        if any(
            plate.id == "integrated"
            for plate in layout_of(shipped, "county/jinning", "township", code).plates
        )
    }
    assert having == INTEGRATED
    assert len(townships) > len(INTEGRATED)


def test_the_pilot_streets_have_their_formula_and_no_other_street_has_it(shipped):
    having = set()
    for code in divisions(shipped, "township"):
        layout = layout_of(shipped, "city/kunming", "township", code)
        if "pilot" in layout.patterns:
            having.add(code)
            assert formula(layout, "pilot", texts=UnitTexts(unit="某街道")).text == "2+3(1)+N"
    assert having == PILOTS


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_not_reported_is_marked_to_be_confirmed(shipped, level):
    for pack in ("city/kunming", "county/jinning"):
        layout = shipped.bundle(pack)["layout"]
        for code in (None, *layout["levels"][level].get("units", {})):
            definition = definition_at(layout, level, code)
            for sort in ("zones", "rooms", "windows", "stationing"):
                for key, thing in definition.get(sort, {}).items():
                    assert "待核" in thing.get("note", ""), (pack, level, code, sort, key)
            for key, pattern in definition.get("patterns", {}).items():
                assert "待核" in pattern["note"], (pack, level, code, key)


def test_every_county_of_kunming_has_a_pack_or_an_opened_centre_with_its_own_word(shipped):
    counties = {code for code, parent in divisions(shipped, "county").items() if parent == "530100"}
    opened = shipped.bundle("city/kunming")["units"]["centres"]
    own = {
        shipped.resolved(pack).manifest.unit: shipped.bundle(pack)
        for pack in default_library().ids()
        if "county/" in pack
    }
    assert counties == opened.keys() | own.keys()
    assert not opened.keys() & own.keys()
    words = [centre["agency"] for centre in opened.values()]
    words += [bundle["layout"]["centre"]["agency"] for bundle in own.values()]
    assert len(words) == len(set(words)) == 14
    assert all("待核" in centre["note"] for centre in opened.values())
