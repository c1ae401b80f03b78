"""Seeding some packs alone: other counties below the same city keep their units, their words and their releases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.packs import MemoryLibrary
from portal.persistence.models import Release, Unit
from portal.services import units
from portal.services.portal import Portal
from portal.services.seeding import SeedReport, seed
from tests.fixtures import small_packs
from tests.services.releases.parts import SYSTEM, city_with

HEAD = "code,parent_code,level,name,flag\n530000,,province,云南省,\n530100,530000,city,昆明市,\n"
VILLAGE = "530112777001,530112777,village,甲一村,\n"
FIRST = f"{HEAD}530112,530100,county,西山区,\n530112777,530112,township,甲新镇,\n{VILLAGE}"
SECOND = f"{HEAD}530111,530100,county,官渡区,\n530111777,530111,township,乙新镇,\n"
CORRECTED = {"530112001": {"set": {"name": "西苑街道办事处"}, "reason": "本县的叫法"}}
CENTRES = {
    "530111": {"name": "官渡区综治中心", "agency": "官综"},
    "530112": {"name": "西山区综治中心", "agency": "西综"},
    "530115": {"name": "晋宁区综治中心", "agency": "晋综"},
}
FIRST_UNITS = {"530112001": "西苑街道办事处", "530112777": "甲新镇", "530112777001": "甲一村"}
RUNNING = {"530100": "city/km", "530111": "county/gd", "530112": "county/xs", "530115": "city/km"}


def county(pack: str, unit: str, title: str, agency: str, **more: Any) -> dict[str, Any]:
    files = small_packs.county(pack, unit, title, agency, **more)
    return files | {"seed/pack.json": files["seed/pack.json"] | {"extends": "city/km"}}


def library(*without: str, **tables: str) -> MemoryLibrary:
    first = {
        "seed/divisions.csv": tables.get("first", FIRST),
        "seed/units.json": {"corrections": CORRECTED},
    }
    second = {"seed/divisions.csv": tables.get("second", SECOND)}
    packs = {
        "base": small_packs.BASE,
        "city/km": city_with(CENTRES),
        "county/xs": county("county/xs", "530112", "西山区", "西综", **first),
        "county/gd": county("county/gd", "530111", "官渡区", "官综", **second),
    }
    written = {
        pack: small_packs.files_of(pack, files) for pack, files in packs.items() if pack not in without
    }
    return MemoryLibrary(written)


def some(portal: Portal, *only: str, demo: bool, **tables: str) -> SeedReport:
    return seed(portal, library(**tables), verify=False, demo=demo, only=only)


def running(portal: Portal) -> dict[str, str]:
    with portal.reading(SYSTEM) as session:
        found = {one.unit_code: one.release_id for one in units.all_centres(session)}
        return {code: session.get_one(Release, release).pack for code, release in found.items()}


def active(portal: Portal) -> dict[str, str]:
    with portal.reading(SYSTEM) as session:
        return {unit.code: unit.name for unit in session.scalars(select(Unit).where(Unit.active))}


@pytest.mark.parametrize("demo", [False, True])
def test_a_second_county_of_one_city_takes_nothing_from_the_first(portal: Portal, demo: bool) -> None:
    some(portal, "county/xs", demo=demo)
    report = some(portal, "county/gd", demo=demo)
    assert report.retired == []
    assert active(portal).items() >= {**FIRST_UNITS, "530111777": "乙新镇"}.items()
    # In production the second centre runs by the city's release until a person puts its own in force.
    assert [kept.params["unit"] for kept in report.kept] == ([] if demo else ["官渡区"])
    assert running(portal) == (RUNNING if demo else RUNNING | {"530111": "city/km"})


@pytest.mark.parametrize("again", ["city/km", "county/xs", "county/gd"])
def test_each_pack_of_a_city_is_seeded_again_without_the_others(portal: Portal, again: str) -> None:
    some(portal, "county/xs", "county/gd", demo=True)
    report = some(portal, again, demo=True)
    assert (report.retired, report.kept) == ([], [])
    assert active(portal).items() >= {**FIRST_UNITS, "530111777": "乙新镇"}.items()
    assert running(portal) == RUNNING


def test_a_row_that_is_gone_retires_units_of_the_pack_named_alone(portal: Portal) -> None:
    some(portal, "county/xs", "county/gd", demo=True)
    village_gone = FIRST.replace(VILLAGE, "")
    township_gone = SECOND.replace("530111777,530111,township,乙新镇,\n", "")
    report = some(portal, "county/gd", demo=True, first=village_gone, second=township_gone)
    assert report.retired == ["乙新镇 (530111777)"]
    report = some(portal, "county/xs", demo=True, first=village_gone)
    assert report.retired == ["甲一村 (530112777001)"]


def test_seeding_all_without_the_folder_of_a_county_leaves_its_units(portal: Portal) -> None:
    some(portal, "county/xs", "county/gd", demo=True)
    report = seed(portal, library("county/xs"), verify=False, demo=True)
    assert report.retired == []
    assert active(portal).items() >= FIRST_UNITS.items()
    assert running(portal) == RUNNING
