"""What a case shows before everything else: its story, who leads, what is late; nothing twice, no empty boxes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from portal.core import acts
from portal.core.referrals import SENT
from portal.web.records.panels.history import _told_by_papers
from portal.web.records.panels.referrals import _settled_or_assisting
from tests.web.records.seeded_site import CASE, Browser, Site

STORY = str(CASE["/summary"])


def panel(page: str, name: str) -> str:
    return page.split(f'id="{name}"', 1)[1].split("</section>\n", 1)[0] if f'id="{name}"' in page else ""


def test_the_story_comes_first_and_the_rest_is_folded(site: Site, clerk: Browser) -> None:
    facts = clerk.get(site.register(clerk)).text.split('id="facts"', 1)[1].split('class="facts-foot', 1)[0]
    shown, folded = facts.split("全部登记内容")
    assert STORY in shown
    assert "来源渠道" in folded
    assert "来源渠道" not in shown
    assert STORY not in folded


def test_what_there_is_none_of_takes_one_line(site: Site, clerk: Browser) -> None:
    page = site.login("triage").get(site.register(clerk)).text
    none_yet = panel(page, "children-none")
    assert none_yet.count('class="btn btn-sm"') >= 2
    assert "/records/session/add?parent=" in none_yet
    assert 'id="children-session"' not in page


def test_tasks_without_one_are_a_head_alone(site: Site, clerk: Browser) -> None:
    tasks = panel(clerk.get(site.register(clerk)).text, "tasks")
    assert "加一项" in tasks
    assert "没有要办的任务" not in tasks


def _referral(name: str, status: str, lead: bool) -> Any:
    return SimpleNamespace(name=name, status=status, lead=lead)


def test_who_leads_stands_before_who_assists_and_both_before_what_is_over() -> None:
    found = [
        _referral("helps", SENT, False),
        _referral("was first", "returned", True),
        _referral("leads", SENT, True),
    ]
    shown = [one.name for one in sorted(found, key=_settled_or_assisting)]
    assert shown == ["leads", "helps", "was first"]


def _event(event: int, kind: str, name: str = "", **data: Any) -> Any:
    return SimpleNamespace(id=event, kind=kind, name=name, data=data)


def test_a_paper_that_a_step_issued_is_told_once() -> None:
    events = [
        _event(1, acts.EFFECT, "issue_document", said={"document": "W09"}),
        _event(2, acts.PAPER, document="W09", number="西综法评〔2026〕00001"),
        _event(3, acts.EFFECT, "issue_document", said={"document": "W10"}),
        _event(4, acts.EFFECT, "create_task", said={"task": "legal_appraisal"}),
    ]
    assert _told_by_papers(events) == {1}
    open_still = _event(5, acts.EFFECT, "issue_document", said={"document": "W09"}, open=True)
    assert _told_by_papers([open_still, events[1]]) == frozenset()


def test_what_is_to_be_accepted_stands_by_its_day(site: Site, clerk: Browser) -> None:
    site.register(clerk)
    home = site.login("triage").get("/?list=to_triage").text
    assert '<tr class="work-group">' in home
    assert "期限" in home.split("<thead>", 1)[1].split("</thead>", 1)[0]
