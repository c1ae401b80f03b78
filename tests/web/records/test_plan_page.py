"""The plan of a case on its page: its form opens with it, it stands as a card, and its tasks are ticked off."""

from __future__ import annotations

import html
import re

import pytest

from portal.services import records
from tests.web.records.seeded_site import Browser, Site, errors_in
from tests.web.records.test_findings import cards
from tests.web.records.test_stage_bar import ANALYSED, act
from tests.web.records.test_tasks_on_the_page import panel, tasks

MEDIATORS = records.Override({"department": "people_mediation"}, "R01", "", "T45", ())
PLAN = {
    "/goal": "退还定金，双方解除合同",
    "/leader": "何主任",
    "/steps/0/what": "核对付款凭证",
    "/steps/0/until": "2026-05-08",
    "/steps/1/what": "约双方面谈",
    "/steps/1/until": "2026-05-11",
    "/steps/1/unit": "530112:people_mediation",
}


@pytest.fixture(scope="module")
def director(site: Site) -> Browser:
    return site.login("director")


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    """A case that the people's mediators handle."""
    case = site.register(clerk)
    act(site, case, records.transition, "accept")
    act(site, case, records.transition, "submit_analysis", form=ANALYSED)
    act(site, case, records.dispose, override=MEDIATORS)
    return case


def step_of(case: str) -> str:
    return case.replace("/show/", "/transition/") + "/make_plan"


def test_a_plan_is_made_stands_as_a_card_and_is_ticked_off(site: Site, director: Browser, case: str) -> None:
    url = step_of(case)
    answer = director.send(url, director.form(url), **PLAN)
    assert answer.status_code == 303, errors_in(answer.text)
    card = html.unescape(cards(director.get(case).text)["一案一策方案"])
    for words in ("一案一策方案", "退还定金", "何主任", "核对付款凭证", "约双方面谈"):
        assert words in card
    assert "核对付款凭证" in panel(director, case)
    (done, _) = re.findall(r'action="([^"]+/done)"', panel(director, case))
    assert director.send(done, director.form(case, done)).status_code == 303
    assert [one.row.status for one in tasks(site, case)] == ["done", "open"]


def test_the_form_opens_with_the_plan_and_a_change_changes_the_tasks(
    site: Site, director: Browser, case: str
) -> None:
    url = step_of(case)
    director.send(url, director.form(url), **PLAN)
    opened = dict(director.form(url))
    assert {name: opened[name] for name in PLAN} == PLAN
    assert "/why" not in {name for name, value in opened.items() if value}
    pairs = [(name, value) for name, value in director.form(url) if not name.startswith("/steps/0/")]
    refused = director.send(url, pairs)
    assert refused.status_code == 422
    assert "说明去掉步骤的原因" in html.unescape(refused.text), errors_in(refused.text)
    assert "退还定金" in refused.text
    assert director.send(url, pairs, **{"/why": "凭证已齐全"}).status_code == 303
    assert [one.row.status for one in tasks(site, case)] == ["dropped", "open"]


def test_a_double_click_makes_one_plan_and_a_day_that_is_over_is_marked(
    site: Site, director: Browser, case: str
) -> None:
    url = step_of(case)
    pairs = director.form(url)
    late = director.send(url, pairs, **PLAN | {"/steps/1/until": "2026-05-05"})
    assert late.status_code == 422
    assert "请选择今天以后" in errors_in(html.unescape(late.text))
    assert "核对付款凭证" in late.text
    answers = [director.send(url, pairs, **PLAN).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert len(tasks(site, case)) == 2
