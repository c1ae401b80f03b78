"""Facts about Kunming and the law that the packs carry."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from portal.core.deadlines import Period, WorkCalendar, due
from portal.core.divisions import management_tree
from portal.core.layout import Layout, formula
from portal.core.packs import divisions

PSEUDO = {"530102401", "530111402", "530112403", "530125404"}


@pytest.fixture(scope="module")
def table(shipped):
    return divisions(shipped.library, "city/kunming")


@pytest.fixture(scope="module")
def tree(shipped, table):
    units = shipped.bundle("city/kunming")["units"]
    return {node.code: node for node in management_tree(table, units["corrections"], units["points"])}


def test_kunming_has_fourteen_counties(table):
    levels = Counter(division.level for division in table)
    assert levels == {"city": 1, "county": 14, "township": 150, "village": 1738}
    flags = Counter(division.flag for division in table if division.flag)
    assert flags == {"pseudo_township": 9, "virtual_village": 6}


@pytest.mark.parametrize(
    ("county", "statutory"), [("530102", 10), ("530112", 10), ("530114", 10), ("530115", 8)]
)
def test_statutory_townships(table, county, statutory):
    own = [row for row in table if row.parent_code == county and row.statutory]
    assert len(own) == statutory


def test_streets_run_by_zones_keep_their_statutory_parent(tree):
    managed = {
        "530114007": "530125404",
        "530114008": "530111402",
        "530114009": "530112403",
        "530114010": "530102401",
    }
    for street, zone in managed.items():
        assert tree[street].managed_by == zone
        assert tree[street].statutory_parent == "530114"
        assert "约八成" in tree[street].reason
    assert {tree[zone].managed_by for zone in PSEUDO} == {"530100"}


def test_the_flower_market_is_a_point(tree):
    assert tree["dounan_flower_market"].level == "point"
    assert tree["dounan_flower_market"].managed_by == "530114003"


def names(shipped, pack, tree):
    unit = shipped.resolved(pack).manifest.unit

    def below(code):
        while code in tree:
            code = tree[code].managed_by
            if code == unit:
                return True
        return False

    def named(selector):
        wanted = [n for n in tree.values() if n.level == selector["level"] and below(n.code)]
        return [n.name for n in wanted if not (selector.get("statutory") and n.flag)]

    return named


@pytest.mark.parametrize(
    ("pack", "pattern", "name", "states"),
    [
        ("county/wuhua", "wuhua", "1+5+10+N", ["agrees", "agrees", "agrees", "open"]),
        ("county/jinning", "jinning", "三区十一室一庭", ["unknown", "unknown", "unknown"]),
        ("county/jinning", "integrated", "四中心", ["agrees"]),
        ("county/xishan", "four_zones", "四区", ["agrees"]),
        ("city/kunming", "four_levels", "1+20+143+1711", ["agrees", "unknown", "unknown", "unknown"]),
        ("city/kunming", "statutory", "1+14+141+1732", ["agrees", "agrees", "agrees", "agrees"]),
    ],
)
def test_patterns_are_rendered_from_their_members(shipped, tree, pack, pattern, name, states):
    bundle = shipped.bundle(pack)
    layout = Layout.from_definition(bundle["layout"], bundle["departments"])
    shown = formula(layout, pattern, units=names(shipped, pack, tree))
    assert shown.name == name
    assert [term.state for term in shown.terms] == states


def test_the_five_centres_of_wuhua(shipped):
    titles = {thing["title"] for thing in shipped.bundle("county/wuhua")["layout"]["subcentres"].values()}
    assert titles == {"信访接待中心", "公共法律服务中心", "诉前调解中心", "检察服务中心", "劳动仲裁服务中心"}


def test_xishan_has_two_plates_on_one_centre(shipped):
    layout = shipped.bundle("county/xishan")["layout"]
    assert len(layout["plates"]) == 2
    assert [zone["title"] for zone in layout["zones"].values()] == [
        "登记受理区",
        "多元化解区",
        "指挥调度区",
        "专业调解区",
    ]


def test_taxonomy_routes_periods_documents_are_complete(shipped, pack):
    bundle = shipped.bundle(pack)
    terms = bundle["taxonomies"]["dispute"]["terms"]
    classes = [code for code, term in terms.items() if "parent" not in term]
    assert (len(classes), len(terms) - len(classes)) == (14, 95)
    assert all("route" in term for term in terms.values() if "parent" in term)
    assert list(bundle["routes"]) == [f"R{n:02}" for n in range(1, 11)]
    assert list(bundle["deadlines"]) == [f"T{n:02}" for n in range(1, 55)]
    assert list(bundle["documents"]) == [f"W{n:02}" for n in range(1, 33)]


def test_statutory_periods_are_locked_and_proposals_are_not(shipped):
    deadlines = shipped.bundle("base")["deadlines"]
    unlocked = {code for code, item in deadlines.items() if not item["locked"]}
    assert unlocked == {"T45", "T48", "T49", "T50", "T51", "T52", "T53", "T54"}
    assert all(item["source"] for item in deadlines.values())
    assert {deadlines[code]["checked"] for code in ("T48", "T53")} == {"proposal"}
    assert set(deadlines["T12"]["lengths"]) == {"ordinary", "simple"}
    assert deadlines["T43"]["lengths"]["urgent"]["n"] == 24


def test_a_working_day_period_steps_over_the_labour_day_holiday(shipped):
    bundle = shipped.bundle("base")
    calendar = WorkCalendar.from_definition(bundle["calendar"])
    deadline = Period.from_definition("T24", bundle["deadlines"]["T24"])
    # 29 and 30 April, then 6, 7, 8 May: 1 to 5 May are holidays, 9 May (a Saturday) is worked but not needed.
    assert due(calendar, deadline, date(2026, 4, 28)) == date(2026, 5, 8)
    assert calendar.is_working(date(2026, 5, 9))


def test_domestic_violence_goes_to_the_police_by_taxonomy(shipped):
    assert shipped.bundle("base")["taxonomies"]["dispute"]["terms"]["D0106"]["route"] == "R09"


def test_no_field_collects_what_a_centre_need_not_know(shipped, pack):
    unwanted = ("ethnic", "religion", "education", "political", "score", "diagnosis")
    for form in shipped.bundle(pack)["forms"].values():
        assert not [name for name in form["schema"]["properties"] if any(word in name for word in unwanted)]
