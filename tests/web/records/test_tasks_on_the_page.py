"""Tasks on the page of a case: added, ticked off, passed on, dropped, taken over; nothing typed is lost."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import User
from portal.services import records
from tests.web.records.seeded_site import Browser, Site, uid_of

SYSTEM = Access.system("test")


@pytest.fixture
def clerk(site: Site) -> Browser:
    return site.login("clerk")


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    """The address of a new case."""
    return site.register(clerk)


def tasks(site: Site, case: str) -> list[records.TaskView]:
    with site.portal.reading(SYSTEM) as session:
        return records.tasks_of(site.portal, session, records.get_any(session, uid_of(case)))


def account(site: Site, name: str) -> int:
    with site.portal.reading(SYSTEM) as session:
        found = session.scalar(select(User.id).where(User.username == name))
    assert found
    return found


def panel(browser: Browser, case: str) -> str:
    """Return the panel of the tasks on the page of a case."""
    found = re.search(r'<section class="card" id="tasks">.*?</section>', browser.get(case).text, re.S)
    assert found
    return html.unescape(found[0])


def add(browser: Browser, case: str, **typed: Any) -> Any:
    url = case.replace("/show/", "/tasks/")
    return browser.send(url, browser.form(url), **typed)


def test_a_clerk_adds_a_task_and_its_owner_ticks_it_off_without_script(
    site: Site, clerk: Browser, case: str
) -> None:
    other = account(site, "clerk2")
    assert (
        add(clerk, case, words="问周*是否愿意", owner=f"p/530112/{other}", due_on="2026-05-07").status_code
        == 303
    )
    shown = panel(clerk, case)
    assert "问周*是否愿意" in shown
    assert "clerk2某" in shown
    assert "0 / 1" in shown
    colleague = site.login("clerk2")
    assert "（您）" in panel(colleague, case)
    done = re.search(r'action="([^"]+/done)"', panel(colleague, case))
    assert done
    assert colleague.send(done[1], colleague.form(case, done[1])).status_code == 303
    assert "已完成 1 项" in panel(clerk, case)
    (one,) = tasks(site, case)
    assert (one.row.status, one.row.settled_by_name) == ("done", "clerk2某")


def test_a_second_click_says_who_was_first(site: Site, clerk: Browser, case: str) -> None:
    add(clerk, case, words="通知到会")
    (done,) = re.findall(r'action="([^"]+/done)"', panel(clerk, case))
    form = clerk.form(case, done)
    for _ in range(2):
        assert clerk.send(done, form).status_code == 303
    page = clerk.get(case).text
    assert "已经办完此任务" in page
    twice = add(clerk, case, words="约见"), add(clerk, case, words="约见")
    assert [one.status_code for one in twice] == [303, 409]
    assert "此任务已经加入" in twice[1].text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"words": ""}, "请写明要办什么"),
        ({"words": "约见", "due_on": "2020-01-01"}, "请选择今天以后"),
        ({"words": "约见", "due_on": "5月40日"}, "请填写在哪一天前办完"),
        ({"words": "约见", "owner": "u/530115"}, "看不到此事项"),
        ({"words": "约见", "owner": "p/530112/x"}, "请选择由谁办"),
        ({"words": "约见", "owner": "p/530112/99999999"}, "不办理这类事项"),
        ({"words": "约" * 300}, "最多 200 个字"),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(
    site: Site, clerk: Browser, case: str, typed: dict[str, str], said: str
) -> None:
    answer = add(clerk, case, **typed)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert typed["words"] in html.unescape(answer.text)
    assert tasks(site, case) == []


def test_a_task_is_given_to_somebody_else_and_dropped_with_a_reason(
    site: Site, clerk: Browser, case: str
) -> None:
    add(clerk, case, words="上门了解")
    url = case.replace("/show/", "/task/") + "/1"
    form = clerk.form(url)
    assert clerk.send(url, form, owner="r/530112/triage", due_on="2026-05-08").status_code == 303
    (one,) = tasks(site, case)
    assert (one.row.role, str(one.row.due_on), one.row.due_set) == ("triage", "2026-05-08", True)
    stale = clerk.send(url, form, owner="u/530112")
    assert stale.status_code == 409
    assert "刚刚有变更" in stale.text
    page = clerk.get(url).text
    assert "研判员" in page
    drop = clerk.form(url, f"{url}/drop")
    clerk.send(f"{url}/drop", drop)
    assert tasks(site, case)[0].row.status == "open"
    clerk.send(f"{url}/drop", drop, reason="已经电话了解")
    assert (tasks(site, case)[0].row.status, tasks(site, case)[0].said) == ("dropped", "已经电话了解")
    assert "已取消 1 项" in panel(clerk, case)
    assert clerk.get(url).status_code == 200


def test_what_the_rules_suggest_joins_the_tasks_by_one_button(site: Site, clerk: Browser) -> None:
    case = site.register(clerk, **{"/willing": "no"})
    shown = panel(clerk, case)
    assert "告知法定途径" in shown
    assert "一键加入任务" in shown
    url = case.replace("/show/", "/tasks/") + "/suggested"
    every = re.findall(r'name="task" value="(\w+)"', shown.rpartition("<form")[2])
    form = [("csrf_token", clerk.token()), *(("task", one) for one in every)]
    assert clerk.post(url, form).status_code == 303
    assert "tell_ways" in {one.row.task for one in tasks(site, case)}
    assert "一键加入任务" not in panel(clerk, case)
    clerk.post(url, form)
    assert "已经加入" in clerk.get(case).text
    assert len([one for one in tasks(site, case) if one.row.task == "tell_ways"]) == 1


def test_a_task_stands_in_the_list_of_its_owner_and_is_done_from_the_row(
    site: Site, clerk: Browser, case: str
) -> None:
    add(clerk, case, words="问<吴>是否愿意", owner=f"p/530112/{account(site, 'clerk2')}", due_on="2026-05-06")
    colleague, url = site.login("clerk2"), "/?list=my_tasks"
    page = colleague.get(url)
    assert page.status_code == 200
    assert "问&lt;吴&gt;是否愿意" in page.text
    (done,) = re.findall(rf'action="([^"]+/task/{uid_of(case)}/1/done)"', page.text)
    sent = colleague.send(done, colleague.form(url, done))
    assert sent.status_code == 303
    assert sent.headers["Location"].startswith(url)
    assert "是否愿意" not in colleague.get(url).text
    assert tasks(site, case)[0].row.status == "done"


def test_another_countys_clerk_finds_neither_the_case_nor_its_tasks(
    site: Site, clerk: Browser, case: str
) -> None:
    add(clerk, case, words="约见")
    stranger, url = site.login("jinning"), case.replace("/show/", "/task/") + "/1"
    assert stranger.get(url).status_code == 404
    assert stranger.get(case.replace("/show/", "/tasks/")).status_code == 404
    data = {"csrf_token": stranger.token(), "version": "1", "reason": "试试"}
    for address in (url, f"{url}/done", f"{url}/drop"):
        assert stranger.post(address, data).status_code == 404
    assert clerk.get(url.removesuffix("1") + "7").status_code == 404
    assert tasks(site, case)[0].row.status == "open"


def test_words_of_a_task_are_shown_as_they_were_written(site: Site, clerk: Browser, case: str) -> None:
    add(clerk, case, words='<b>约见</b> "三方"')
    page = clerk.get(case).text
    assert "<b>约见</b>" not in page
    assert "&lt;b&gt;约见&lt;/b&gt;" in page
