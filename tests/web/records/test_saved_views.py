"""Views of lists that a person keeps: found again on the list and at home, nobody else's, refused in words."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from portal.core.access import Access, Origin
from portal.persistence.models import SavedView
from portal.services import records
from tests.web.records.seeded_site import Browser, Site
from tests.web.records.test_records_list import titles
from tests.web.records.test_records_release import publish

LIST = "/records/case/list/"
SAVE, DELETE = "/records/case/views/save", "/records/case/views/delete"
QUERY = "is_open=true&sort=-amount"


@pytest.fixture(autouse=True)
def none_yet(site: Site) -> None:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        uow.session.execute(delete(SavedView))
        uow.commit()


def kept(site: Site) -> list[Any]:
    with site.portal.reading(Access.system("test")) as session:
        return list(session.execute(select(SavedView.name, SavedView.query).order_by(SavedView.id)))


def save(browser: Browser, name: str, query: str = QUERY) -> str:
    """Save a view; return the page that it leads to."""
    pairs = {"csrf_token": browser.token(), "name": name, "query": query}
    answer = browser.post(SAVE, pairs)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(LIST)
    return html.unescape(browser.get(answer.headers["Location"]).text)


def link(page: str, name: str) -> str:
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<span[^>]*>)?{re.escape(name)}<', page)
    assert found, name
    return found[1]


def test_a_view_is_saved_from_the_list_and_found_there_and_at_home(site: Site, clerk: Browser) -> None:
    site.register(clerk, **{"/applicant_name": "甲某（虚构）", "/dispute_type": "D0501", "/amount": "100"})
    site.register(clerk, **{"/applicant_name": "乙某（虚构）", "/dispute_type": "D0301", "/amount": "900"})
    site.register(clerk, **{"/applicant_name": "丙某（虚构）", "/dispute_type": "D0502", "/amount": "900"})
    pairs = clerk.form(f"{LIST}?dispute_type=D05&sort=-amount&text=丙", SAVE)
    answer = clerk.send(SAVE, pairs, name="  大额  劳动 ")
    assert answer.status_code == 303
    assert [tuple(one) for one in kept(site)] == [("大额 劳动", "dispute_type=D05&sort=-amount")]
    for place in (LIST + "?all=1", "/"):
        page = clerk.get(link(clerk.get(place).text, "大额 劳动")).text
        assert titles(page) == ["丙某", "甲某"]
        assert re.search(r'aria-current="true" data-pressed>大额 劳动<', page)
    assert titles(clerk.get(LIST).text) == ["丙某", "甲某"], "the list stays as it was opened"
    assert "data-pressed>大额 劳动" not in clerk.get(LIST + "?all=1").text


def test_a_view_is_deleted_once(site: Site, clerk: Browser) -> None:
    save(clerk, "在办")
    save(clerk, "在办的案件")
    pairs = clerk.form(LIST, DELETE)
    assert clerk.post(DELETE, pairs).status_code == 303
    assert [one.name for one in kept(site)] == ["在办的案件"]
    assert clerk.post(DELETE, pairs).status_code == 404
    assert ">在办<" not in clerk.get("/").text


@pytest.mark.parametrize("view", ["", "x", "0", "-1", "9" * 30, "１"])
def test_what_is_no_view_is_not_found(site: Site, clerk: Browser, view: str) -> None:
    assert clerk.get(f"{LIST}?view={view}").status_code == 404
    assert clerk.post(DELETE, {"csrf_token": clerk.token(), "view": view}).status_code == 404


def test_a_view_of_another_person_or_list_is_not_there(site: Site, clerk: Browser) -> None:
    save(clerk, "只有我的")
    with site.portal.reading(Access.system("test")) as session:
        view = session.scalar(select(SavedView.id))
    other = site.login("clerk2")
    assert "只有我的" not in other.get(LIST).text + other.get("/").text
    assert other.get(f"{LIST}?view={view}").status_code == 404
    assert other.post(DELETE, {"csrf_token": other.token(), "view": str(view)}).status_code == 404
    assert clerk.get(f"/records/visit/list/?view={view}").status_code == 404
    assert "只有我的" not in clerk.get("/records/visit/list/?all=1").text
    wrong = clerk.post("/records/visit/views/delete", {"csrf_token": clerk.token(), "view": str(view)})
    assert wrong.status_code == 404
    assert [one.name for one in kept(site)] == ["只有我的"]
    save(other, "只有我的")  # names are one's own


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("", QUERY, "请填写视图名称"),
        (" \u3000\u200b", QUERY, "请填写视图名称"),
        ("长" * 41, QUERY, "名称有 41 个字，最多 40 个字"),
        ("已有", QUERY, "这里已有名为“已有”的视图"),
        (" 已有 ", "sort=amount", "这里已有名为“已有”的视图"),
        ("空", "", "请先选择筛选条件或排序"),
        ("只有搜索", "text=张三&page=3", "请先选择筛选条件或排序"),
        ("外站", "next=https://example.org/&is_open=true", "列表没有筛选项“next”"),
        ("视图", "view=1", "列表没有筛选项“view”"),
        ("多", "&".join(f"code={'9' * 90}{n}" for n in range(29)), "筛选条件太多"),
        ("很多", "&".join(["code=1"] * 300), "筛选条件太多"),
        ("超长", "code=" + "1" * 9000, "筛选条件太多"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    site: Site, clerk: Browser, name: str, query: str, told: str
) -> None:
    save(clerk, "已有")
    assert told in save(clerk, name, query)
    assert [tuple(one) for one in kept(site)] == [("已有", QUERY)]


def test_page_size_and_known_filters_alone_are_kept(site: Site, clerk: Browser) -> None:
    save(clerk, "第三页", "page=3&size=50&is_open=true&text=李四")
    assert [one.query for one in kept(site)] == ["is_open=true&size=50"]


def test_nobody_keeps_more_than_thirty(site: Site, clerk: Browser) -> None:
    for number in range(records.MOST_VIEWS):
        save(clerk, f"第{number}个")
    assert "您已有 30 个视图" in save(clerk, "再一个")
    assert len(kept(site)) == records.MOST_VIEWS


def test_markup_in_a_name_is_text(site: Site, clerk: Browser) -> None:
    save(clerk, "<script>x</script>")
    for place in (LIST, "/"):
        page = clerk.get(place).text
        assert "&lt;script&gt;x" in page
        assert "<script>x" not in page


def test_a_filter_that_a_release_took_away_is_told_and_the_others_hold(
    site: Site, clerk: Browser, tmp_path: Path
) -> None:
    shore = {"shore": {"type": "string", "title": "岸线"}}
    site.register(clerk)
    publish(site, tmp_path / "a", "9.1.0", properties=shore, index=["/shore"])
    save(clerk, "岸线的", "/shore=东&is_open=true&sort=/shore")
    publish(site, tmp_path / "b", "9.2.0")
    page = clerk.get(link(clerk.get("/").text, "岸线的")).text
    assert "此视图的以下条件已不能使用：岸线、排序。" in page
    assert 'filter-chip-held" href' in page
    assert titles(page), "the list is shown by what still holds"
    assert "岸线" not in clerk.get(LIST).text.replace("岸线的", ""), "told when the view is opened"


def test_views_go_with_the_account() -> None:
    [key] = SavedView.__table__.foreign_keys
    assert (key.target_fullname, key.ondelete) == ("ab_user.id", "CASCADE")
