"""Texts of a draft out to a workbook and back, and its roles as a matrix; on the pages and for two persons at once."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.workbooks import Sheet, read_sheets, write_workbook
from portal.core.access import Access
from portal.core.drafts import Change
from portal.persistence.models import AuditEntry, DraftCommand
from portal.services import drafts, users
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
XISHAN = "530112"


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, "keeper", PASSWORD, "某", "keeper")
        users.assign(uow, user.id, "config_admin", XISHAN, audited=False)
        uow.commit()
    return site.login("keeper")


@pytest.fixture
def draft(keeper: Browser) -> str:
    answer = keeper.post(f"/studio/start/{XISHAN}", {"csrf_token": keeper.token(), "name": "文字"})
    return str(answer.headers["Location"]).rstrip("/").rpartition("/")[2]


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def said(site: Site, uid: str, path: list[str]) -> Any:
    with site.portal.reading(SYSTEM) as session:
        found: Any = drafts.effective(session, uid)
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        return found


def change(site: Site, uid: str, *changes: Change) -> None:
    with site.portal.writing(Access.system("another person")) as uow:
        drafts.change(uow, uid, list(changes))
        uow.commit()


def commands(site: Site, uid: str) -> list[tuple[str, str]]:
    with site.portal.reading(SYSTEM) as session:
        query = select(DraftCommand.group_uid, DraftCommand.path).where(DraftCommand.draft_uid == uid)
        return [(group, path) for group, path in session.execute(query.order_by(DraftCommand.number))]


def workbook(browser: Browser, uid: str) -> tuple[str, list[list[str]]]:
    answer = browser.get(f"/studio/{uid}/texts.xlsx")
    assert answer.status_code == 200
    ((name, lines),) = read_sheets(answer.data).items()
    return name, [list(cells) for _, cells in lines]


def upload(browser: Browser, uid: str, content: bytes, name: str = "a.xlsx") -> str:
    data = {"csrf_token": browser.token(), "file": (io.BytesIO(content), name)}
    answer = browser.client.post(f"/studio/{uid}/texts/upload", data=data)
    assert answer.status_code == 302
    return text_of(browser.get(f"/studio/{uid}/texts"))


def test_a_workbook_goes_out_and_changed_cells_come_back_as_one_group(
    site: Site, keeper: Browser, draft: str
) -> None:
    change(site, draft, Change("add", "/roles/extra", None, {"title": "=2+3 县里的路", "grants": {}}))
    name, lines = workbook(keeper, draft)
    assert "已保存 0 处修改" in upload(keeper, draft, write_workbook(Sheet(name, lines[0], lines[1:])))
    before = len(commands(site, draft))
    at = next(number for number, line in enumerate(lines) if line[1] == "=2+3 县里的路")
    other = next(number for number, line in enumerate(lines) if line[1] == "登记员")
    lines[at] = [*lines[at][:2], "=cmd|' /C calc'!A0"]
    lines[other] = [*lines[other][:2], "Registrar"]
    told = upload(keeper, draft, write_workbook(Sheet(name, lines[0], [*lines[1:], ["", "别处的文字", "x"]])))
    assert "已保存 2 处修改" in told
    assert "有 1 行的中文不在这份草稿里" in told
    new = commands(site, draft)[before:]
    assert len({group for group, _ in new}) == 1
    assert sorted(path for _, path in new) == ["/translations/en/=2+3 县里的路", "/translations/en/登记员"]
    # What looks like a formula stays a text, on the way out too.
    _, again = workbook(keeper, draft)
    assert again[at][2] == "=cmd|' /C calc'!A0"
    with site.portal.reading(SYSTEM) as session:
        written = select(AuditEntry.action).where(AuditEntry.object_id == draft).order_by(AuditEntry.id)
        assert session.scalars(written).all() == ["open_draft", "change_draft", "change_draft"]


def test_what_another_person_changed_since_is_told_and_not_overwritten(
    site: Site, keeper: Browser, draft: str
) -> None:
    name, lines = workbook(keeper, draft)
    at = next(number for number, line in enumerate(lines) if line[1] == "登记员")
    old = lines[at][2]
    change(site, draft, Change("replace", "/translations/en/登记员", old, "Desk clerk"))
    # A cell that nobody touched in the sheet overwrites nothing, though the draft says something else now.
    assert "已保存 0 处修改" in upload(keeper, draft, write_workbook(Sheet(name, lines[0], lines[1:])))
    lines[at] = [*lines[at][:2], "Registrar"]
    told = upload(keeper, draft, write_workbook(Sheet(name, lines[0], lines[1:])))
    assert "Desk clerk" in told
    assert said(site, draft, ["translations", "en", "登记员"]) == "Desk clerk"


def test_tables_that_cannot_be_read_are_told_in_words(site: Site, keeper: Browser, draft: str) -> None:
    before = commands(site, draft)
    for content in (b"PK\x03\x04rubbish", b"", write_workbook(Sheet("a", ["甲", "乙"], [["x", "y"]]))):
        told = upload(keeper, draft, content)
        assert "处修改。" not in told
    assert "要有“中文”一列" in told
    assert commands(site, draft) == before
    twice = "部分,中文,English\n,登记员,One\n,登记员,Two\n".encode()
    assert "出现两次" in upload(keeper, draft, twice, "a.csv")
    assert commands(site, draft) == before


def test_a_missing_text_is_written_on_the_page(site: Site, keeper: Browser, draft: str) -> None:
    change(site, draft, Change("add", "/roles/extra", None, {"title": "新设的路子", "grants": {}}))
    page = keeper.get(f"/studio/{draft}/texts")
    assert "新设的路子" in page.text
    data = {
        "csrf_token": keeper.token(),
        "lang": "en",
        "source": "新设的路子",
        "before": "",
        "said": "A new way",
    }
    assert keeper.post(f"/studio/{draft}/texts", data).status_code == 302
    assert said(site, draft, ["translations", "en", "新设的路子"]) == "A new way"
    assert "A new way" in keeper.get(f"/studio/{draft}/texts?q=新设").text
    # Sent again by somebody who has not seen it: told, not overwritten.
    keeper.post(f"/studio/{draft}/texts", {**data, "said": "Another"})
    assert said(site, draft, ["translations", "en", "新设的路子"]) == "A new way"


def test_a_cell_of_the_matrix_is_a_change_and_the_others_stay(
    site: Site, keeper: Browser, draft: str
) -> None:
    url = f"/studio/{draft}/matrix"
    page = keeper.get(f"{url}?of=case")
    assert page.status_code == 200
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', page.text)[1])  # type: ignore[index]
    cells = {f"c:{name}": "1" for name, value in json.loads(seen).items() if value}
    assert "c:clerk:edit" in cells
    # Another person takes one right away meanwhile; the page still shows the tick.
    at = said(site, draft, ["roles", "triage", "grants", "case"]).index("edit")
    change(site, draft, Change("remove", f"/roles/triage/grants/case/{at}", "edit", None))
    del cells["c:clerk:edit"]
    sent = {"csrf_token": keeper.token(), "view": "permissions", "of": "case", "seen": seen, **cells}
    assert keeper.post(url, sent).status_code == 302
    assert "edit" not in said(site, draft, ["roles", "clerk", "grants", "case"])
    assert "edit" not in said(site, draft, ["roles", "triage", "grants", "case"])

    page = keeper.get(f"{url}?view=fields&of=case")
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', page.text)[1])  # type: ignore[index]
    values = {f"c:{name}": value for name, value in json.loads(seen).items()}
    sent = {"csrf_token": keeper.token(), "view": "fields", "of": "case", "seen": seen, **values}
    keeper.post(url, {**sent, "c:mediator:/claim": "hidden"})
    assert said(site, draft, ["roles", "mediator", "fields", "case", "/claim"]) == "hidden"
    for wrong in ({"seen": "{"}, {"seen": '{"clerk:fly": ""}', "c:clerk:fly": "1"}, {"of": "nothing"}):
        before = commands(site, draft)
        assert keeper.post(url, {**sent, "c:mediator:/claim": "read", **wrong}).status_code == 302
        assert commands(site, draft) == before
