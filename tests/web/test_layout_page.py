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
