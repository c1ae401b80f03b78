"""A record holds at most 6,000 values: more are refused in words, at the list that is too long, by page and API."""

from __future__ import annotations

import pytest

from portal.core.forms.body import MAX_PAIRS, MAX_VALUES
from tests.web.api.program import CASES, DATA, Program
from tests.web.records.seeded_site import CASE, Browser, Site, errors_in

WORDS = "一份登记最多容纳 6000 项"
ADD = "/records/case/add"


def rows(count: int) -> list[dict[str, str]]:
    return [{"name": f"王{number}"} for number in range(count)]


def test_the_page_and_the_api_refuse_alike(site: Site, clerk: Browser) -> None:
    most = MAX_VALUES // 2
    program = Program.of(site, "clerk")
    answer = program.post(CASES, {"data": DATA | {"respondents": rows(most)}})
    assert answer.status_code == 422
    details = [one for one in answer.json["error"]["details"] if one["code"] == "form.size"]
    assert [one["pointer"] for one in details] == ["/respondents"]
    assert WORDS in details[0]["message"]
    pairs = clerk.form(ADD)
    many = {f"/respondents/{number}/name": f"王{number}" for number in range(most)}
    page = clerk.send(ADD, pairs, **CASE | many)
    assert page.status_code == 422
    assert WORDS in errors_in(page.text)


def test_what_no_body_holds_is_told_in_the_same_words(site: Site, clerk: Browser) -> None:
    many = {f"/respondents/{number}/name": "王" for number in range(MAX_PAIRS + 1)}
    page = clerk.send(ADD, clerk.form(ADD), **CASE | many)
    assert page.status_code == 400
    assert WORDS in page.text


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_lists_that_fit_are_judged_by_the_form_alone(site: Site) -> None:
    program = Program.of(site, "clerk")
    answer = program.post(CASES, {"data": DATA | {"respondents": rows(200)}})
    codes = {one["code"] for one in answer.json.get("error", {}).get("details", ())}
    assert "form.size" not in codes
