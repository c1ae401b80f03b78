"""What a process keeps from page to page: two people, two languages and two releases take turns in it."""

from __future__ import annotations

import re

import pytest

from tests.web.records.seeded_site import Browser, Site

ADD = "/records/case/add"


@pytest.fixture(scope="module")
def jinning(site: Site) -> Browser:
    """A clerk of another county, whose release has another form."""
    return site.login("jinning")


def labels(page: str) -> list[str]:
    return re.findall(r'<label class="form-label[^>]*for="[^"]*">([^<]+)<', page)


def test_the_form_is_in_the_language_and_of_the_release_of_each_person(
    site: Site, clerk: Browser, jinning: Browser
) -> None:
    chinese, english, other = (
        labels(clerk.get(ADD + "?_l_=zh_Hans").text),
        labels(clerk.get(ADD + "?_l_=en").text),
        labels(jinning.get(ADD + "?_l_=zh_Hans").text),
    )
    assert "申请人" in "".join(chinese)
    assert not re.search("[\u4e00-\u9fff]", "".join(english[1:]))
    assert other != chinese
    assert labels(clerk.get(ADD + "?_l_=zh_Hans").text) == chinese
    assert labels(clerk.get(ADD + "?_l_=en").text) == english


def test_each_form_carries_the_tokens_of_its_own_page(site: Site, clerk: Browser) -> None:
    first, second = (dict(clerk.form(ADD)) for _ in range(2))
    assert first["once"] != second["once"]
    other = site.login("clerk2")
    assert dict(other.form(ADD))["csrf_token"] != second["csrf_token"]


def test_what_one_person_typed_is_in_no_other_form(site: Site, clerk: Browser) -> None:
    pairs = clerk.form(ADD)
    answer = clerk.send(ADD, pairs, **{"/applicant_name": "SECRET（虚构）", "/amount": "many"})
    assert answer.status_code == 422
    assert "SECRET" in answer.text
    assert "SECRET" not in clerk.get(ADD).text
    assert "SECRET" not in site.login("clerk2").get(ADD).text
