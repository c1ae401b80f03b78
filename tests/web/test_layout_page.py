"""The page of a township or village: derived from the county's configuration, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site


@pytest.fixture
def clerk(site: Site) -> Iterator[Browser]:  # noqa: F811
    browser = site.login("jinning")
    yield browser
    browser.get("/language/zh_Hans")


def shown(browser: Browser, unit: str) -> str:
    return browser.get(f"/layout/?unit={unit}").text


def test_a_township_has_a_layout_of_its_own_kind(clerk: Browser) -> None:
    page = shown(clerk, "530115001")
    assert "昆阳街道综治中心" in page
    assert "调审一体化中心" in page
    assert "按上级中心配置中本层级的布局显示" in page
    assert 'href="/layout/?unit=530115"' in page
    other = shown(clerk, "530115103")
    assert "调审一体化中心" not in other.split("<main", 1)[-1]
    assert "研判调度区" in other


def test_the_county_shows_its_own_layout_and_no_link_to_itself(clerk: Browser) -> None:
    page = shown(clerk, "530115")
    assert "晋宁区综治中心" in page
    assert "按上级中心配置中本层级的布局显示" not in page
    assert "研判调度区" not in page


def test_a_pilot_street_shows_its_formula_with_the_court_in_brackets(site: Site) -> None:  # noqa: F811
    page = shown(site.login("supervisor"), "530111001")
    assert "关上街道综治中心" in page
    assert "2+3(1)+N" in page


def test_the_page_speaks_english_and_keeps_the_name_of_the_unit(clerk: Browser) -> None:
    clerk.get("/language/en")
    page = shown(clerk, "530115001")
    assert "昆阳街道 centre" in page
    assert "Laid out as the configuration of the centre above says for this level." in page
    assert '<span lang="zh-Hans">昆阳街道 centre</span>' in page


def test_on_a_saturday_nobody_is_shown_as_there_and_the_next_open_day_is_told(clerk: Browser) -> None:
    workday = clerk.get("/layout/?unit=530115&day=2026-05-06").text
    assert "中心当天不开门" not in workday
    assert 'chip-good"' in workday.split("驻点部门")[-1].split("配置说明")[0]
    for closed, opened in (
        ("2026-05-16", "5月18日"),
        ("2026-05-04", "5月6日"),
        ("2026-10-01", "10月8日"),
    ):
        page = clerk.get(f"/layout/?unit=530115&day={closed}").text
        assert f"中心当天不开门，{opened} 恢复开门" in page
        assert '<span class="chip chip-good">' not in page.split("<main", 1)[-1]
        assert "由上一级答复" not in page


def test_a_weekend_day_that_is_worked_is_a_day_like_others(clerk: Browser) -> None:
    page = clerk.get("/layout/?unit=530115&day=2026-05-09").text
    assert "中心当天不开门" not in page
    assert "chip-good" in page.split("<main", 1)[-1]


def test_a_rotating_department_shows_the_day_on_which_it_is_there_next(clerk: Browser) -> None:
    # Agriculture is here on Mondays and Thursdays; the 6th is a Wednesday.
    page = clerk.get("/layout/?unit=530115&day=2026-05-06").text
    assert "当天不在岗，下次 5月7日" in page


def test_the_days_of_a_year_that_is_not_published_are_shown_as_provisional(clerk: Browser) -> None:
    assert "2027 年的放假安排尚未公布" in clerk.get("/layout/?unit=530115&day=2027-03-01").text
    assert "放假安排尚未公布" not in clerk.get("/layout/?unit=530115&day=2026-03-02").text


def test_where_no_centre_is_above_nobody_is_sent_to_it(site: Site) -> None:  # noqa: F811
    for day in ("2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08"):
        assert "由上一级答复" not in site.login("supervisor").get(f"/layout/?unit=530100&day={day}").text
