"""The board over HTTP: one's own subtree alone, figures with both counts, and pages of the indicators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

from portal.services.figures import upkeep as figures
from portal.web.board.tiles import shades
from portal.web.board.words import days
from portal.web.language import speaking
from tests.proofs.board_cases import spread_cases
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site


@pytest.fixture
def supervisor(site: Site) -> Iterator[Browser]:  # noqa: F811
    browser = site.login("supervisor")
    yield browser
    browser.get("/language/zh_Hans")


def test_a_supervisor_finds_the_board_in_the_menu_and_others_do_not(site: Site) -> None:  # noqa: F811
    assert 'href="/board/"' in site.login("supervisor").get("/").text
    clerk = site.login("clerk")
    assert 'href="/board/"' not in clerk.get("/").text
    for path in ("/board/", "/board/unit/530112", "/board/indicators/", "/board/indicators/registered"):
        assert clerk.get(path).status_code in (302, 403, 404), path


def test_the_board_goes_down_from_the_city_and_a_unknown_unit_is_none(supervisor: Browser) -> None:
    city = supervisor.get("/board/")
    assert city.status_code == 200
    assert 'href="/board/unit/530112?month=2026-05"' in city.text
    county = supervisor.get("/board/unit/530112?month=2026-04").text
    assert "西山区，2026年4月" in county
    assert 'href="/board/unit/530112001?month=2026-04"' in county
    assert 'href="/board/unit/530100?month=2026-04"' in county
    assert supervisor.get("/board/unit/nothing").status_code == 404
    assert supervisor.get("/board/unit/530000").status_code == 404


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=x", "month=2999-01", "sort=x", "sort=-routes", "month=0000-01"]
)
def test_what_the_address_asks_in_vain_changes_nothing(supervisor: Browser, query: str) -> None:
    page = supervisor.get(f"/board/unit/530112?{query}")
    assert page.status_code == 200


def test_each_question_is_answered_in_one_click_and_says_how_the_table_stands(supervisor: Browser) -> None:
    page = supervisor.get("/board/").text
    assert page.count('href="/board/unit/530100?month=2026-05&amp;sort=') >= 6
    for name, order in (
        ("median_days", "descending"),
        ("overdue_share", "descending"),
        ("return_rate", "descending"),
        ("sheets_unanswered", "descending"),
        ("-on_time_rate", "ascending"),
        ("-account_coverage", "ascending"),
        ("-performance_rate", "ascending"),
    ):
        shown = supervisor.get(f"/board/unit/530100?sort={name}").text
        assert f'aria-sort="{order}"' in shown, name
    assert 'id="classes"' in page
    assert 'id="desks"' in page


def test_the_sentence_at_the_top_tells_of_the_whole_period_as_the_figure_does(
    site: Site,  # noqa: F811
    supervisor: Browser,
) -> None:
    spread_cases(site.portal, 200)
    figures.build(site.portal.database)
    found = []
    for span in ("month", "quarter", "year"):
        page = supervisor.get(f"/board/unit/530100?span={span}&month=2026-01").text
        said, shown = re.findall(r"登记 (\d+) 件", page), re.findall(r'figure-value">(\d+)<', page)
        assert said[0] == shown[0]
        found.append(int(said[0]))
    assert 0 < found[0] < found[1] < found[2]


def test_tiles_have_five_steps_with_as_many_units_in_each_however_far_out_one_is() -> None:
    far = shades(Fraction(one) for one in (*range(1, 10), 5000))
    assert [far[Fraction(one)] for one in (*range(1, 10), 5000)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert shades([Fraction(3)] * 4) == {Fraction(3): 1}, "none is darker than another"
    assert shades([]) == {}


def test_one_day_has_words_of_its_own(site: Site) -> None:  # noqa: F811
    with site.app.test_request_context(), speaking("en"):
        assert (days("1"), days("1.5")) == ("1 day", "1.5 days")


def test_a_figure_shows_both_counts_and_the_rest_of_a_whole(supervisor: Browser) -> None:
    page = supervisor.get("/board/unit/530100?sort=account_coverage").text
    assert "账号覆盖" in page
    assert 'class="figure-counts"' in page
    assert "各指标怎么算" in page


def test_published_figures_are_worked_out_on_the_page_of_their_indicator(supervisor: Browser) -> None:
    success = supervisor.get("/board/indicators/mediation_success_rate").text
    assert "3,762 ÷ 4,582 = 82.10%" in success
    assert "不是 85.34%" in success
    assert "按百分点，原来是 33.4%；按百分之几，原来是 55.0%" in success
    routes = supervisor.get("/board/indicators/routes").text
    assert "26 + 9 + 3 + 2 + 1 + 1 + 5 = 47" in routes
    resolution = supervisor.get("/board/indicators/resolution_rate").text
    assert "1,670 ÷ 1,805 = 92.5%" in resolution
    assert "由所列的数可以算出" in resolution
    assert supervisor.get("/board/indicators/nothing").status_code == 404
    assert "系统里还没有登记这类内容" in supervisor.get("/board/indicators/premises_rate").text


def test_the_board_speaks_english(supervisor: Browser) -> None:
    supervisor.get("/language/en")
    page = supervisor.get("/board/").text
    for words in ("Board", "Where is it slowest?", "Units right below", "Where open matters stand now"):
        assert words in page
    listed = supervisor.get("/board/indicators/").text
    assert "Judicially confirmed agreements" in listed
