"""The studio's pages: a draft from its beginning to what is in force and back, each step by who may."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.drafts import Change
from portal.persistence.models import AuditEntry, Draft
from portal.services import drafts, users
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.jobs.shipped import check_draft
from portal.services.portal import Policy, Portal
from portal.services.stories import run_story
from portal.services.stories.report import StoryReport
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
XISHAN = "530112"
CASE = "/forms/case/title"


def account(site: Site, name: str, role: str, unit: str = XISHAN) -> Browser:
    """Return the browser of a person who is made where there is none of that name yet."""
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return site.login(name)


@pytest.fixture(scope="module", autouse=True)
def two_persons(site: Site) -> None:
    """The portal asks for a second person."""
    site.app.extensions["portal"] = replace(site.portal, policy=Policy(second_person=True))


@pytest.fixture(autouse=True)
def short(site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One draft is checked whole, on one kind of database, with one of its sample matters: that takes a minute."""
    walked: list[str] = []

    def walk(portal: Portal, pack: str, unit: str, story: dict[str, Any], file: str) -> StoryReport:
        walked.append(file)
        if len(walked) == 1:
            return run_story(portal, pack, unit, story, file)
        return StoryReport(pack, story["id"], "", file)

    monkeypatch.setattr("portal.services.stories.walking.run_story", walk)
    if "beginning" not in request.node.name or site.portal.database.dialect != "sqlite":
        monkeypatch.setattr(check_draft, "problems_of", lambda checking: [])
        monkeypatch.setattr(check_draft, "walked", lambda work, resolved: {"count": 1, "failed": []})


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "keeper", "config_admin")


@pytest.fixture(scope="module")
def second(site: Site) -> Browser:
    return account(site, "second", "config_admin")


def post(browser: Browser, url: str, **data: str) -> str:
    answer = browser.post(url, {"csrf_token": browser.token(), **data})
    assert answer.status_code == 302, (answer.status_code, answer.text[:800])
    return str(answer.headers["Location"])


def text_of(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, answer.text[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def start(browser: Browser, name: str) -> str:
    """Begin a draft; return its identifier."""
    place = post(browser, f"/studio/start/{XISHAN}", name=name)
    return place.rstrip("/").rpartition("/")[2]


def by(site: Site, name: str) -> Access:
    with site.portal.reading(SYSTEM) as session:
        return users.access_of(site.portal, users.by_username(session, name).id)


def change(site: Site, name: str, uid: str, after: str) -> None:
    with site.portal.writing(by(site, name)) as uow:
        before = drafts.effective(uow.session, uid)["forms"]["case"]["title"]
        drafts.change(uow, uid, [Change("replace", CASE, before, after)], why="群众这样叫")
        uow.commit()


def work(site: Site) -> None:
    while (claim := queue.claim(site.portal, "w", ["check_draft"])) is not None:
        assert run_claim(site.portal, JobRun(site.portal, claim))


def title_in_force(site: Site) -> str:
    from portal.services import releases, units

    with site.portal.reading(SYSTEM) as session:
        unit = units.by_code(session, XISHAN)
        return str(releases.for_unit(site.portal, session, unit).raw["forms"]["case"]["title"])


def test_a_draft_goes_from_its_beginning_to_what_is_in_force_and_back(
    site: Site, keeper: Browser, second: Browser
) -> None:
    before = title_in_force(site)
    uid = start(keeper, "年底调整")
    assert "年底调整" in text_of(keeper, "/studio/")
    assert "与现行配置还没有不同" in text_of(keeper, f"/studio/{uid}/")
    change(site, "keeper", uid, "群众的事")
    page = text_of(keeper, f"/studio/{uid}/")
    assert "与现行配置相差 1 处" in page
    compared = text_of(keeper, f"/studio/{uid}/compare")
    assert f"名称：由“{before}”改为“群众的事”" in compared
    assert "群众这样叫" in compared
    history = text_of(keeper, f"/studio/{uid}/history")
    assert "改为“群众的事”" in history
    post(keeper, f"/studio/{uid}/undo")
    assert "与现行配置还没有不同" in text_of(keeper, f"/studio/{uid}/")
    post(keeper, f"/studio/{uid}/redo")

    # It is not submitted before it was checked, its sample matters included.
    post(keeper, f"/studio/{uid}/submit", reason="年底前用上")
    assert "还要检查" in text_of(keeper, f"/studio/{uid}/publish")
    post(keeper, f"/studio/{uid}/check")
    work(site)
    ready = text_of(keeper, f"/studio/{uid}/publish")
    assert "还差：" not in ready
    # What a colleague changed and had checked meanwhile is not submitted unseen.
    position = re.search(r'name="seen" value="(\d+)"', keeper.get(f"/studio/{uid}/publish").text)
    assert position
    post(keeper, f"/studio/{uid}/submit", reason="年底前用上", seen=str(int(position[1]) - 1))
    assert "同事又改了这份草稿" in text_of(keeper, f"/studio/{uid}/publish")
    post(keeper, f"/studio/{uid}/submit", reason="年底前用上", seen=position[1])
    # Nothing is changed while it waits.
    post(keeper, f"/studio/{uid}/undo")
    assert "等待批准" in text_of(keeper, f"/studio/{uid}/publish")

    # It stands on the first page of who may approve it, and of nobody else.
    waits = f'href="/studio/{uid}/publish"'
    assert waits in second.get("/").text
    assert "等您批准的配置" in text_of(second, "/")
    for other in (keeper, site.login("clerk")):
        assert waits not in other.get("/").text
    # Who changed it does not approve it; another person does.
    post(keeper, f"/studio/{uid}/approve", when="now")
    assert title_in_force(site) == before
    # Nobody puts in force what they did not look at: it is sent back, changed and submitted anew meanwhile.
    looked_at = seen(second, uid)
    post(keeper, f"/studio/{uid}/send-back", reason="还要改")
    change(site, "keeper", uid, "群众没看过的事")
    post(keeper, f"/studio/{uid}/check")
    work(site)
    post(keeper, f"/studio/{uid}/submit", reason="年底前用上")
    for stale in (looked_at, ""):
        post(second, f"/studio/{uid}/approve", when="now", seen=stale)
        assert title_in_force(site) == before
    assert "现在待批准的已不是您看过的那一份" in text_of(second, f"/studio/{uid}/publish")
    post(keeper, f"/studio/{uid}/send-back", reason="改回来")
    post(keeper, f"/studio/{uid}/undo")
    post(keeper, f"/studio/{uid}/check")
    work(site)
    post(keeper, f"/studio/{uid}/submit", reason="年底前用上")
    for at in ("", "0001-01-01T00:00", "9999-12-31T23:59", "2026-01-01T00:00+09:00", "明天"):
        post(second, f"/studio/{uid}/approve", when="later", at=at, seen=seen(second, uid))
    assert "写明从哪天" in text_of(second, f"/studio/{uid}/publish") or title_in_force(site) == before
    post(second, f"/studio/{uid}/approve", when="now", reason="同意", seen=seen(second, uid))
    assert title_in_force(site) == "群众的事"
    assert waits not in second.get("/").text
    # What it changed stays readable once it is in force, and after something else came.
    shown = text_of(keeper, f"/studio/{uid}/publish")
    assert "改了什么 1" in shown
    assert f"名称：由“{before}”改为“群众的事”" in shown
    assert f"名称：由“{before}”改为“群众的事”" in text_of(keeper, f"/studio/{uid}/compare")
    centre = keeper.get("/studio/").text
    number = re.search(r'name="release" value="(\d+)"', centre)
    assert number
    post(second, f"/studio/roll-back/{XISHAN}", release=number[1], reason="写错了")
    assert title_in_force(site) == before
    assert "改了什么 1" in text_of(keeper, f"/studio/{uid}/publish")


def seen(browser: Browser, uid: str) -> str:
    """Return what a page says of the release that is looked at there."""
    found = re.search(r'name="seen" value="([\d-]+)"', browser.get(f"/studio/{uid}/publish").text)
    assert found
    return found[1]


def test_a_submitted_draft_is_sent_back_and_given_up(site: Site, keeper: Browser, second: Browser) -> None:
    uid = start(keeper, "退回的")
    change(site, "keeper", uid, "别的名称")
    post(keeper, f"/studio/{uid}/check")
    work(site)
    post(keeper, f"/studio/{uid}/submit", reason="试试")
    post(second, f"/studio/{uid}/send-back", reason="再想想")
    assert "再想想" in text_of(keeper, f"/studio/{uid}/publish")
    change(site, "keeper", uid, "另外的名称")
    post(keeper, f"/studio/{uid}/give-back", path=CASE)
    post(keeper, f"/studio/{uid}/discard")
    with site.portal.reading(SYSTEM) as session:
        assert drafts.draft_of(session, uid).state == "discarded"
        mine = select(AuditEntry.action).where(AuditEntry.object_id == uid).order_by(AuditEntry.id)
        actions = session.scalars(mine).all()
    assert [one for one in actions if one != "check_draft"] == [
        "open_draft",
        "change_draft",
        "submit_draft",
        "send_back_draft",
        "change_draft",
        "change_draft",
        "discard_draft",
    ]


def test_an_approval_is_of_what_was_in_force_when_it_was_looked_at(
    site: Site, keeper: Browser, second: Browser
) -> None:
    """Two drafts begun on one version: who approves the later one is told that it takes the other one back."""
    first, later = start(keeper, "先启用的"), start(keeper, "后启用的")
    change(site, "keeper", first, "先改的名称")
    change(site, "keeper", later, "后改的名称")
    for uid in (first, later):
        post(keeper, f"/studio/{uid}/check")
        work(site)
        post(keeper, f"/studio/{uid}/submit", reason="试试")
    looked_at = seen(second, later)
    assert "又启用了别的版本" not in text_of(second, f"/studio/{later}/publish")
    post(second, f"/studio/{first}/approve", when="now", seen=seen(second, first))
    assert title_in_force(site) == "先改的名称"
    post(second, f"/studio/{later}/approve", when="now", seen=looked_at)
    assert title_in_force(site) == "先改的名称"
    page = text_of(second, f"/studio/{later}/publish")
    assert "现在待批准的已不是您看过的那一份" in page
    assert "又启用了别的版本" in page
    assert "由“先改的名称”改为“后改的名称”" in page
    post(second, f"/studio/{later}/approve", when="now", seen=seen(second, later))
    assert title_in_force(site) == "后改的名称"
    assert "又启用了别的版本" not in text_of(second, f"/studio/{later}/publish")


def test_two_persons_see_one_another(site: Site, keeper: Browser, second: Browser) -> None:
    uid = start(keeper, "两个人")
    second.post(f"/studio/{uid}/here", {"csrf_token": second.token(), "page": "forms"})
    answer = keeper.post(f"/studio/{uid}/here", {"csrf_token": keeper.token(), "page": "home"})
    assert answer.status_code == 200
    assert "正在看 表单" in re.sub(r"<[^>]+>", "", answer.text)


def test_who_may_not_sees_nothing(site: Site, keeper: Browser) -> None:
    uid = start(keeper, "别人看不到")
    foreign = account(site, "foreign", "config_admin", "530115")
    city = account(site, "cityowner", "template_owner", "530100")
    for browser in (foreign, city):
        for page in ("", "history", "compare", "publish"):
            assert browser.get(f"/studio/{uid}/{page}").status_code == 404
        assert "别人看不到" not in browser.get("/studio/").text
        for act in (
            "undo",
            "redo",
            "give-back",
            "check",
            "submit",
            "send-back",
            "approve",
            "discard",
            "here",
        ):
            answer = browser.post(f"/studio/{uid}/{act}", {"csrf_token": browser.token(), "reason": "不行"})
            assert answer.status_code == 404, act
    assert site.login("clerk").get("/studio/").status_code in (302, 403)
    with site.portal.reading(SYSTEM) as session:
        assert session.scalars(select(Draft.state).where(Draft.uid == uid)).one() == "open"


def test_a_draft_that_another_version_overtook_goes_on_over_it(
    site: Site, keeper: Browser, second: Browser
) -> None:
    first, later, third = start(keeper, "先启用的"), start(keeper, "接着做的"), start(keeper, "没改的")
    change(site, "keeper", first, "启用的名称")
    change(site, "keeper", later, "接着做的名称")
    assert "更新到现行版本" not in text_of(keeper, f"/studio/{later}/publish")
    assert "没有启用别的版本" in text_of(keeper, post(keeper, f"/studio/{later}/renew"))
    post(keeper, f"/studio/{first}/check")
    work(site)
    post(keeper, f"/studio/{first}/submit", reason="试试")
    post(second, f"/studio/{first}/approve", when="now", seen=seen(second, first))
    assert "更新到现行版本" in text_of(keeper, f"/studio/{later}/publish")
    place = post(keeper, f"/studio/{later}/renew")
    uid = place.split("/")[2]
    assert uid != later
    page = text_of(keeper, place)
    assert "带过来 1 处改动" in page
    assert "两边都改了，保留本草稿的写法：表单“接着做的名称”" in page
    assert "由“启用的名称”改为“接着做的名称”" in page
    assert "启用的版本也改了这里" in page
    assert "又启用了别的版本" not in page
    old = keeper.get(f"/studio/{later}/publish").text
    assert f'href="/studio/{uid}/">已接续为新的草稿</a>' in old
    with site.portal.reading(SYSTEM) as session:
        entries = select(AuditEntry.action, AuditEntry.after).where(AuditEntry.object_id == uid)
        ((action, after),) = session.execute(entries).all()
    assert (action, after["renews"]) == ("open_draft", later)
    # A draft that changed nothing is none any more, either.
    empty = post(keeper, f"/studio/{third}/renew")
    assert "带过来 0 处改动" in text_of(keeper, empty)
    assert "与现行配置没有不同" in text_of(keeper, empty)


def test_many_places_with_long_names_are_told_in_what_a_cookie_holds(
    site: Site, keeper: Browser, second: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, later = start(keeper, "先启用的"), start(keeper, "接着做的")
    for uid in (first, later):
        chance = Random(uid)
        titles = ["".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(60)) for _ in range(25)]
        with site.portal.writing(by(site, "keeper")) as uow:
            fields = [
                Change(
                    "add", f"/forms/case/schema/properties/q{at}", None, {"type": "string", "title": title}
                )
                for at, title in enumerate(titles)
            ]
            drafts.change(uow, uid, fields)
            uow.commit()
    post(keeper, f"/studio/{first}/check")
    work(site)
    post(keeper, f"/studio/{first}/submit", reason="试试")
    post(second, f"/studio/{first}/approve", when="now", seen=seen(second, first))
    with monkeypatch.context() as without:
        without.setattr("portal.web.studio.drafts.may_start", lambda *_: False)
        assert "又启用了别的版本" in text_of(keeper, f"/studio/{later}/publish")
        assert "更新到现行版本" not in text_of(keeper, f"/studio/{later}/publish")
    answer = keeper.post(f"/studio/{later}/renew", {"csrf_token": keeper.token()})
    assert max(len(one) for one in answer.headers.getlist("Set-Cookie")) < 4_093
    page = text_of(keeper, str(answer.headers["Location"]))
    assert re.search("两边都改了，保留本草稿的写法：[^…]*…", page)
