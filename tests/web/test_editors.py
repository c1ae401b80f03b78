"""The editors of the studio: lists and pages of a draft, each change saved at once, in both languages."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.drafts import Change
from portal.services import drafts
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_studio import XISHAN, account, text_of

__all__ = ["site"]
SYSTEM = Access.system("test")
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "editor", "config_admin")


@pytest.fixture(scope="module")
def draft(site: Site, keeper: Browser) -> str:
    with site.portal.writing(SYSTEM) as uow:
        made = drafts.open_draft(uow, XISHAN, "试编辑")
        uow.commit()
        return made.uid


def document(site: Site, draft: str) -> dict[str, Any]:
    with site.portal.reading(SYSTEM) as session:
        return drafts.effective(session, draft)


def value(site: Site, draft: str, pointer: str) -> Any:
    return pointers.get(document(site, draft), pointer, None)


def seen(page: str) -> str:
    found = re.search(r'id="editor-seen" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def send(
    browser: Browser, url: str, pairs: list[tuple[str, str]], headers: dict[str, str] | None = None
) -> Any:
    return browser.post(url, pairs, headers=HTMX if headers is None else headers)


def form_of(browser: Browser, url: str) -> list[tuple[str, str]]:
    return browser.form(url, url)


def changed(pairs: list[tuple[str, str]], **new: str) -> list[tuple[str, str]]:
    named = {f"/{name.replace('__', '/')}": text for name, text in new.items()}
    assert set(named) <= {name for name, _ in pairs}, set(named) - {name for name, _ in pairs}
    return [(name, named.get(name, text)) for name, text in pairs]


def act(browser: Browser, draft: str, name: str, at: str, **more: str) -> str:
    answer = browser.post(f"/studio/{draft}/do/{name}", {"csrf_token": browser.token(), "at": at, **more})
    assert answer.status_code == 302, answer.text[:400]
    return str(answer.headers["Location"])


def test_a_change_is_saved_at_once_and_is_the_only_one(site: Site, keeper: Browser, draft: str) -> None:
    url = f"/studio/{draft}/roles/mediator"
    before = value(site, draft, "/roles/mediator")
    answer = send(keeper, url, changed(form_of(keeper, url), title="调解员（区）"))
    assert answer.status_code == 200
    assert json.loads(seen(answer.text))["title"] == "调解员（区）"
    assert value(site, draft, "/roles/mediator") == {**before, "title": "调解员（区）"}
    page = text_of(keeper, url)
    assert "本级" in page
    assert "editor，" in page or "某，" in page


def test_a_page_sent_back_unchanged_saves_nothing(site: Site, keeper: Browser, draft: str) -> None:
    before = document(site, draft)
    for place in ("roles/clerk", "lifecycles/case/transitions/accept", "layout", "forms/case/schema"):
        url = f"/studio/{draft}/{place}"
        page = f"{url}?view=centre" if place == "layout" else url
        assert send(keeper, url, keeper.form(page, url)).status_code == 200
    assert document(site, draft) == before


def test_rows_are_added_and_removed(site: Site, keeper: Browser, draft: str) -> None:
    url, at = f"/studio/{draft}/departments/justice", "/lifecycles/case/transitions/accept"
    url = f"/studio/{draft}{at}"
    before = value(site, draft, f"{at}/roles")
    answer = send(keeper, url, [*form_of(keeper, url), ("_add:/roles", "1")])
    assert f'name="/roles/{len(before)}"' in answer.text
    assert value(site, draft, f"{at}/roles") == before
    pairs = [
        *form_of(keeper, url),
        (f"/roles/{len(before)}~row", "1"),
        (f"/roles/{len(before)}", "archivist"),
    ]
    send(keeper, url, pairs)
    assert value(site, draft, f"{at}/roles") == [*before, "archivist"]
    send(keeper, url, [*form_of(keeper, url), (f"_remove:/roles/{len(before)}", "1")])
    assert value(site, draft, f"{at}/roles") == before


def test_two_persons_on_one_value_are_told_and_nothing_is_lost(
    site: Site, keeper: Browser, draft: str
) -> None:
    url = f"/studio/{draft}/roles/triage"
    pairs = form_of(keeper, url)
    with site.portal.writing(SYSTEM) as uow:
        old = value(site, draft, "/roles/triage/title")
        drafts.change(uow, draft, [Change("replace", "/roles/triage/title", old, "研判（别人改的）")])
        uow.commit()
    other = send(keeper, url, changed(pairs, title="研判（我改的）"))
    assert "研判（别人改的）" in other.text
    assert "没有保存" in other.text
    assert value(site, draft, "/roles/triage/title") == "研判（别人改的）"
    # Another value of the same thing is no conflict.
    described = send(keeper, url, changed(pairs, description="另一处"))
    assert "没有保存" not in described.text
    assert value(site, draft, "/roles/triage/description") == "另一处"
    assert value(site, draft, "/roles/triage/title") == "研判（别人改的）"


def test_locked_values_say_who_locked_them_and_stay(site: Site, keeper: Browser, draft: str) -> None:
    url = f"/studio/{draft}/routes/R01"
    page = text_of(keeper, url)
    assert "规定这里不能改" in page
    before = value(site, draft, "/routes/R01")
    pairs = [(name, text) for name, text in form_of(keeper, url) if name != "/title"]
    send(keeper, url, [*pairs, ("/title", "改了")])
    assert value(site, draft, "/routes/R01") == before


def test_a_thing_is_added_by_its_name_and_removed(site: Site, keeper: Browser, draft: str) -> None:
    where = act(keeper, draft, "add", "/layout/rooms", title="心理咨询室")
    assert where == f"/studio/{draft}/layout/rooms/xin_li_zi_xun_shi"
    made = value(site, draft, "/layout/rooms/xin_li_zi_xun_shi")
    assert made["title"] == "心理咨询室"
    assert made["order"] > 0
    assert "检查发现的问题" in text_of(keeper, where)
    second = act(keeper, draft, "add", "/layout/rooms", title="心理咨询室")
    assert second.endswith("xin_li_zi_xun_shi_2")
    act(keeper, draft, "remove", "/layout/rooms/xin_li_zi_xun_shi_2")
    assert value(site, draft, "/layout/rooms/xin_li_zi_xun_shi_2") is None
    # Who removes it a second time reads that on the page it was on.
    back = act(keeper, draft, "remove", "/layout/rooms/xin_li_zi_xun_shi_2")
    assert back == f"/studio/{draft}/layout/rooms"
    assert "这一项已经被人删除" in text_of(keeper, back)


def test_what_is_inherited_is_put_out_of_use_and_given_back(site: Site, keeper: Browser, draft: str) -> None:
    at = "/departments/justice"
    act(keeper, draft, "hide", at)
    assert value(site, draft, f"{at}/hidden") is True
    assert "停用" in text_of(keeper, f"/studio/{draft}/departments")
    act(keeper, draft, "give_back", at)
    assert value(site, draft, f"{at}/hidden") is None


def test_an_identifier_is_made_anew_and_told_as_moved(site: Site, keeper: Browser, draft: str) -> None:
    where = act(keeper, draft, "add", "/layout/zones", title="一区")
    at = "/layout/zones/yi_qu"
    assert where.endswith(at)
    url = f"/studio/{draft}{at}"
    send(keeper, url, changed(form_of(keeper, url), title="接待区"))
    assert act(keeper, draft, "call", at).endswith("/layout/zones/jie_dai_qu")
    assert value(site, draft, at) is None
    assert value(site, draft, "/layout/zones/jie_dai_qu/title") == "接待区"
    assert value(site, draft, "/pack/moved")[-1]["from"] == at


def test_things_are_moved_by_one_number(site: Site, keeper: Browser, draft: str) -> None:
    before = value(site, draft, "/roles")
    order = sorted(before, key=lambda name: before[name].get("order", 0))
    act(keeper, draft, "down", f"/roles/{order[0]}")
    after = value(site, draft, "/roles")
    assert sorted(after, key=lambda name: after[name].get("order", 0))[:2] == [order[1], order[0]]
    assert [name for name in after if after[name] != before[name]] == [order[0]]


def test_pick_lists_find_by_name_and_sound(keeper: Browser, draft: str) -> None:
    page = "/lifecycles/case/transitions/accept"
    found = keeper.get(f"/studio/{draft}/pick/roles?page={page}&q=dangan").get_json()
    assert [one["code"] for one in found] == ["archivist"]
    named = keeper.get(f"/studio/{draft}/pick/stages?page={page}&named=mediate").get_json()
    assert [one["code"] for one in named] == ["mediate"]
    assert keeper.get(f"/studio/{draft}/pick/nothing?page={page}").get_json() == []


def test_lists_are_searched(keeper: Browser, draft: str) -> None:
    page = text_of(keeper, f"/studio/{draft}/taxonomies/dispute/terms?q=tudi")
    assert "土地" in page
    assert "婚姻家庭" not in page


def test_without_script_the_page_is_saved_by_its_button(site: Site, keeper: Browser, draft: str) -> None:
    url = f"/studio/{draft}/roles/handler"
    answer = send(keeper, url, changed(form_of(keeper, url), title="承办人（区）"), headers={})
    assert answer.status_code == 200
    assert "<html" in answer.text
    assert value(site, draft, "/roles/handler/title") == "承办人（区）"


def test_a_page_that_did_not_arrive_whole_changes_nothing(site: Site, keeper: Browser, draft: str) -> None:
    before = document(site, draft)
    answer = send(keeper, f"/studio/{draft}/roles/clerk", [("csrf_token", keeper.token())])
    assert answer.status_code == 400
    assert document(site, draft) == before


def test_strangers_and_clerks_see_no_editor(site: Site, draft: str) -> None:
    clerk = account(site, "plain", "clerk")
    for url in (
        f"/studio/{draft}/roles",
        f"/studio/{draft}/roles/clerk",
        f"/studio/{draft}/pick/roles?page=/roles",
    ):
        assert clerk.get(url).status_code in (302, 403, 404), url
    assert clerk.post(
        f"/studio/{draft}/do/remove", {"csrf_token": clerk.token(), "at": "/roles/clerk"}
    ).status_code in (
        302,
        403,
        404,
    )


def test_places_that_are_none_are_not_there(keeper: Browser, draft: str) -> None:
    for place in ("roles/nobody_at_all", "roles/clerk/title", "forms/case/ui/nothing"):
        assert keeper.get(f"/studio/{draft}/{place}").status_code == 404, place


def test_pages_speak_english(keeper: Browser, draft: str) -> None:
    keeper.get("/language/en")
    try:
        page = text_of(keeper, f"/studio/{draft}/lifecycles/case/transitions/accept")
        assert "From the stages" in page
        assert "What can be set besides" in page
    finally:
        keeper.get("/language/zh_Hans")


def test_members_that_nobody_knows_stay_unknown_beside_a_change(
    site: Site, keeper: Browser, draft: str
) -> None:
    terms = [{"title": "区", "members": None}, {"title": "室", "members": {"rooms": True}}]
    made = {"title": "试", "style": "plus", "terms": terms}
    with site.portal.writing(SYSTEM) as uow:
        drafts.change(uow, draft, [Change("add", "/layout/patterns/trial", None, made)])
        uow.commit()
    url = f"/studio/{draft}/layout/patterns/trial"
    answer = send(keeper, url, [(n, "窗口" if n == "/terms/1/title" else t) for n, t in form_of(keeper, url)])
    assert "没有保存" not in answer.text
    assert value(site, draft, "/layout/patterns/trial/terms") == [terms[0], {**terms[1], "title": "窗口"}]
