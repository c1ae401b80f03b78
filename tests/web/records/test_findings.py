"""The latest analysis, appraisal or order of a case stands as a card; what it supersedes stays in the history."""

from __future__ import annotations

import re

from portal.services import records
from tests.web.records.seeded_site import Browser, Site
from tests.web.records.test_stage_bar import APPRAISAL, act, assigned

OPINION = {
    "facts": "双方签订购房定金协议",
    "issues": "定金是否应当双倍返还",
    "law": "民法典第五百八十七条",
    "advice": "建议先行调解，定金酌情返还",
    "appraiser": "周明远",
    "qualification": "lawyer",
    "next_step": "mediate",
}
ORDER = {
    "problem": "not_handled",
    "unit": "530112:justice",
    "requirement": "三日内组织调解",
    "due_on": "2026-05-20",
}

ENDED = {"result": "已按要求整改完毕", "conclusion": "done"}


def cards(page: str) -> dict[str, str]:
    """Return the cards of findings by the title over them, in their order."""
    found = re.findall(r'<section class="card finding" id="finding-\w+">.*?</div></section>', page, re.S)
    return {re.search(r'card-title">([^<]+)<', one)[1]: one for one in found}  # type: ignore[index]


def test_findings_stand_as_cards_with_author_and_day(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    act(site, case, records.transition, "assign_to_appraisal", form=APPRAISAL)
    act(site, case, records.transition, "appraised", form=OPINION)
    act(site, case, records.transition, "start_supervision", form=ORDER)
    shown = cards(clerk.get(case).text)
    assert list(shown) == ["分析研判记录", "法律评析意见书", "督办单"]
    opinion = shown["法律评析意见书"]
    assert "director@530112" in opinion
    assert "5月6日" in opinion
    first, more = opinion.split("全部内容")
    assert OPINION["advice"] in first
    assert OPINION["law"] in more
    assert OPINION["law"] not in first


def test_what_is_superseded_stays_in_the_history(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    assert list(cards(clerk.get(case).text)) == ["分析研判记录"]
    second = ORDER | {"requirement": "五日内书面报告"}
    act(site, case, records.transition, "start_supervision", form=ORDER)
    act(site, case, records.transition, "end_supervision", form=ENDED)
    act(site, case, records.transition, "start_supervision", form=second)
    page = clerk.get(case).text
    order = cards(page)["督办单"]
    assert second["requirement"] in order
    assert ORDER["requirement"] not in order
    assert ORDER["requirement"] in page.split('id="history"')[1]


def test_a_case_without_findings_shows_no_empty_card(site: Site, clerk: Browser) -> None:
    page = clerk.get(site.register(clerk)).text
    assert cards(page) == {}
    assert "finding" not in page
