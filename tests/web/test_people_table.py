"""Keepers of accounts open many from a spreadsheet: tried first, told line by line, all of them or none."""

from __future__ import annotations

import html
import io
import itertools
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.access import Access
from portal.persistence.models import AuditEntry, User
from portal.services import users
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
HEADS = ["账号", "姓名", "角色", "单位"]
NUMBERS = itertools.count(1)
PAGE = "/users/table/"


def table(*lines: list[str], heads: list[str] | None = None) -> bytes:
    return "\n".join(",".join(line) for line in [heads or HEADS, *lines]).encode()


@pytest.fixture
def keeper(site: Site) -> Browser:
    name = f"keeper{next(NUMBERS)}"
    with site.portal.writing(SYSTEM) as uow:
        made = users.create(uow, name, PASSWORD, "某", "管理员")
        users.assign(uow, made.id, "security_admin", "530112", audited=False)
        uow.commit()
    return site.login(name)


def attempt(browser: Browser, content: bytes, name: str = "people.csv") -> Any:
    data = {"csrf_token": browser.token(), "file": (io.BytesIO(content), name)}
    return browser.client.post(f"{PAGE}try", data=data)


def make(browser: Browser, text: str) -> Any:
    return browser.post(f"{PAGE}make", {"csrf_token": browser.token(), "table": text})


def confirmed(answer: Any) -> str:
    """Return the table that the page of the trial sends on."""
    found = re.findall(r'<textarea name="table" hidden>(.*?)</textarea>', answer.text, re.DOTALL)
    return html.unescape(found[0])


def there(site: Site, name: str) -> bool:
    with site.portal.reading(SYSTEM) as session:
        return session.scalar(select(User.id).where(User.username == name)) is not None


def test_a_table_is_tried_and_then_made_whole_with_passwords_shown_once(site: Site, keeper: Browser) -> None:
    lines = [
        ["fayuan.wang", "王法官", "handler", "530112:court"],
        ["fayuan.wang", "王法官", "handler", "530112:justice"],
        ["sifa.li", "李科员", "handler", "530112:justice"],
    ]
    assert f'href="{PAGE}"' in keeper.get("/users/list/").text
    assert keeper.get(PAGE).status_code == 200
    for content, name in (
        (table(*lines), "a.csv"),
        (table(*lines).decode().encode("gbk"), "a.csv"),
        (write_workbook(Sheet("人员", HEADS, lines)), "a.xlsx"),
    ):
        answer = attempt(keeper, content, name)
        assert answer.status_code == 200, answer.text[:2000]
        assert "将新建 2 个账号" in answer.text
        assert not there(site, "fayuan.wang")
    made = make(keeper, confirmed(answer))
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    passwords = re.findall(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>", made.text)
    assert len(set(passwords)) == 2
    assert there(site, "fayuan.wang")
    with site.portal.reading(SYSTEM) as session:
        entries = session.scalars(select(AuditEntry.object_id).where(AuditEntry.kind == "user"))
        assert {"fayuan.wang", "sifa.li"} <= set(entries)
    # The table once more changes nothing and shows no password.
    again = make(keeper, confirmed(attempt(keeper, table(*lines))))
    assert "<code>" not in again.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (table(), "空"),
        (table(["a", "b", "c"], heads=["账号", "姓名", "角色"]), "单位"),
        (table(["x.y", "某", "没有的角色", "530112:court"]), "第 2 行"),
        (table(["x.y", "某", "handler", "没有的单位"]), "第 2 行"),
        (table(["=cmd", "某", "handler", "530112:court"]), "第 2 行"),
        (table(["", "某", "handler", "530112:court"]), "第 2 行"),
        # Other counties, and roles above one's own.
        (table(["x.y", "某", "handler", "530115:court"]), "第 2 行"),
        (table(["x.y", "某", "Admin", "530112"]), "第 2 行"),
        (b"PK\x03\x04nothing", "无法读取"),
        (b"\xff\xfe\x80", ""),
        (b"x" * (2 * 1024 * 1024 + 2), "太大"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_made(
    site: Site, keeper: Browser, content: bytes, words: str
) -> None:
    good = ["good.one", "好人", "handler", "530112:court"]
    sent = content if content[:2] != "账号".encode()[:2] else content + b"\n" + ",".join(good).encode()
    if content == table():
        sent = content
    answer = attempt(keeper, sent)
    assert answer.status_code == 422, answer.text[:1500]
    assert words in re.sub(r"<[^>]+>", "", answer.text)
    assert 'name="table"' not in answer.text
    assert make(keeper, sent.decode("utf-8", "replace")).status_code == 422
    assert not there(site, "good.one")
    assert not there(site, "x.y")


def test_too_many_accounts_at_once_are_parted(keeper: Browser) -> None:
    lines = [[f"many{number}", "某", "handler", "530112:court"] for number in range(101)]
    answer = attempt(keeper, table(*lines))
    assert answer.status_code == 422
    assert "请分批导入" in answer.text
    assert make(keeper, table(*lines).decode()).status_code == 422


def test_only_keepers_of_accounts_see_the_page(site: Site) -> None:
    clerk = site.login("clerk")
    assert clerk.get(PAGE).status_code == 403
    assert attempt(clerk, table()).status_code == 403
    assert make(clerk, "x").status_code == 403
    assert clerk.get(f"{PAGE}sample.csv").status_code == 403


def test_the_stationed_departments_are_told_with_whether_somebody_receives(
    site: Site, keeper: Browser
) -> None:
    def told() -> dict[str, tuple[str, str]]:
        """Return what stands at each department: the code of its unit, and whether somebody receives."""
        text = keeper.get("/units/without-receiver").text
        part = text[text.index("进驻部门") :].partition("</section>")[0]
        found = {}
        for one in re.findall(r"<tr><td.*?</tr>", part, re.DOTALL):
            cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in one.split("</td>")]
            code = re.search(r'href="/units/show/([^"]+)"', one)
            found[cells[0]] = (code[1] if code else "", cells[2])
        return found

    before = told()
    name, code = next((title, code) for title, (code, said) in before.items() if said == "无人签收")
    lines = [[f"receiver{next(NUMBERS)}", "某", "handler", code]]
    assert make(keeper, table(*lines).decode()).status_code == 200
    after = told()
    assert after[name] == (code, "有人签收")
    assert {title for title in before if before[title] != after[title]} == {name}
