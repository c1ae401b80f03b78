"""A record is found by its number however people type it, and the sign-in page names its only centre."""

from __future__ import annotations

import re

import pytest

from portal.services.records.finding.list_statements import pattern_of
from tests.web.records.seeded_site import Browser, Site


@pytest.fixture(scope="module")
def code(site: Site, clerk: Browser) -> str:
    """The number of a case."""
    page = clerk.get(site.register(clerk)).text
    found = re.search(r'<span class="case-code num">(西综〔2026〕\d{5})<', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "form", ["{a}〔{y}〕{n}", "{a}{y}-{n}", "{a}{y}{n}", "{a}[{y}]{n}", "{a}（{y}）{n}号", "{y}-{n}", "{n}"]
)
def test_a_number_is_found_as_it_is_typed(site: Site, clerk: Browser, code: str, form: str) -> None:
    agency, year, running = code[:2], code[3:7], code[8:]
    typed = form.format(a=agency, y=year, n=running)
    page = clerk.get("/records/case/list/", query_string={"text": typed}).text
    assert code in page


@pytest.mark.parametrize("form", ["晋综{y}-{n}", "西综2019-{n}", "西综{y}-9{n}"])
def test_another_number_is_not_found(site: Site, clerk: Browser, code: str, form: str) -> None:
    typed = form.format(y=code[3:7], n=code[8:])
    page = clerk.get("/records/case/list/", query_string={"text": typed}).text
    assert f">{code}<" not in page


def test_words_that_are_no_numbers_are_looked_for_as_they_stand() -> None:
    assert pattern_of("房租") == "%房租%"
    assert pattern_of("100%") == "%100/%%"
    assert pattern_of("2026") == "%2026%"
    assert pattern_of("13800000000") == "%13800000000%"


def test_the_box_says_what_it_searches(clerk: Browser) -> None:
    assert 'placeholder="编号、姓名，或案件中的词"' in clerk.get("/records/case/list/?all=1").text
