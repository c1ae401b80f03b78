"""What a process keeps from page to page: two people, two languages and two releases take turns in it."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from portal.core.access import Access, Origin
from portal.persistence.models import AuditEntry, Record
from portal.services import units, users
from portal.web import parts, shell
from portal.web.records.lists.columns import line
from portal.web.words.cells import Cell
from portal.web.words.screen import Field
from tests.web.records.seeded_site import TODAY, Browser, Site, uid_of

ADD = "/records/case/add"


@pytest.fixture(scope="module")
def jinning(site: Site) -> Browser:
    """A clerk of another county, whose release has another form."""
    return site.login("jinning")


def labels(page: str) -> list[str]:
    return re.findall(r'<label class="form-label[^>]*for="[^"]*">([^<]+)<', page)


def test_the_form_is_in_the_language_and_of_the_release_of_each_person(
    site: Site, clerk: Browser, jinning: Browser
) -> None:
    chinese, english, other = (
        labels(clerk.get(ADD + "?_l_=zh_Hans").text),
        labels(clerk.get(ADD + "?_l_=en").text),
        labels(jinning.get(ADD + "?_l_=zh_Hans").text),
    )
    assert "申请人" in "".join(chinese)
    assert not re.search("[\u4e00-\u9fff]", "".join(english[1:]))
    assert other != chinese
    assert labels(clerk.get(ADD + "?_l_=zh_Hans").text) == chinese
    assert labels(clerk.get(ADD + "?_l_=en").text) == english


def test_each_form_carries_the_tokens_of_its_own_page(site: Site, clerk: Browser) -> None:
    first, second = (dict(clerk.form(ADD)) for _ in range(2))
    assert first["once"] != second["once"]
    other = site.login("clerk2")
    assert dict(other.form(ADD))["csrf_token"] != second["csrf_token"]


def test_what_one_person_typed_is_in_no_other_form(site: Site, clerk: Browser) -> None:
    pairs = clerk.form(ADD)
    answer = clerk.send(ADD, pairs, **{"/applicant_name": "SECRET（虚构）", "/amount": "many"})
    assert answer.status_code == 422
    assert "SECRET" in answer.text
    assert "SECRET" not in clerk.get(ADD).text
    assert "SECRET" not in site.login("clerk2").get(ADD).text


def sidebar(page: str) -> tuple[list[str], list[str]]:
    """Return the lines of the navigation, and those that belong to the page."""
    part = page.split('id="sidebar"')[1].split("sidebar-veil")[0]
    lines = re.findall(r'<a class="nav-line" href="([^"]+)"( aria-current="page")?>.*?<span>([^<]+)<', part)
    return [label for _, _, label in lines], [url for url, current, _ in lines if current]


def test_the_navigation_is_each_persons_own(site: Site, clerk: Browser) -> None:
    handler = site.login("handler")
    first = sidebar(clerk.get("/?_l_=zh_Hans").text)
    english = sidebar(clerk.get("/?_l_=en").text)
    other = sidebar(handler.get("/?_l_=zh_Hans").text)
    assert first[0][0] != english[0][0]
    assert first[0] != other[0]
    assert first[1] == english[1] == other[1] == ["/"]
    assert sidebar(clerk.get("/records/case/list/?_l_=zh_Hans").text) == (first[0], ["/records/case/list/"])
    assert sidebar(clerk.get("/?_l_=zh_Hans").text) == first
    assert "/audit/" not in site.stranger().get("/login/").text


def test_the_navigation_follows_the_roles_at_the_next_page(site: Site, clerk: Browser) -> None:
    browser = site.login("triage")
    before, other = sidebar(browser.get("/").text), sidebar(clerk.get("/").text)
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user_id = uow.session.scalar(select(User.id).where(User.username == "triage"))
        given = users.assign(uow, user_id, "auditor", "530112").id
        uow.commit()
    assert "/audit/" in browser.get("/").text
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        users.revoke(uow, given, "test")
        uow.commit()
    assert sidebar(site.login("triage").get("/").text) == before
    assert sidebar(clerk.get("/").text) == other


def test_a_due_date_reads_as_the_day_and_the_language_have_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mark(lang: str) -> str:
        with site.app.test_request_context(f"/?_l_={lang}"):
            return str(parts.due_mark(TODAY))

    today = mark("en"), mark("zh_Hans")
    assert "Due today" in today[0]
    assert "今天" in today[1]
    for module in (parts, shell):
        monkeypatch.setattr(module, "today", lambda: TODAY + dt.timedelta(days=1))
    assert "overdue" in mark("en")
    monkeypatch.undo()
    assert (mark("en"), mark("zh_Hans")) == today


def test_a_text_in_a_cell_is_never_markup() -> None:
    bad, record = '<b title="1">', SimpleNamespace(code=None, is_open=True)
    fields = [Field(kind, f"<{kind}>", kind) for kind in ("title", "text", "stage")]
    html = line(f"/?{bad}", [Cell(field, bad, bad) for field in fields], record)
    assert "<b" not in html
    assert html.count("&lt;b title=&#34;1&#34;&gt;") == 4
    assert "&lt;text&gt;" in html


def test_a_unit_has_its_new_name_on_the_next_page(site: Site, clerk: Browser) -> None:
    url = site.register(clerk, **{"/place": "530112002"})
    listed = "/records/case/list/?all=1"
    with site.portal.reading(Access.system("test")) as session:
        unit = units.by_code(session, "530112002")
        unit_id, old = unit.id, unit.name
    assert old in clerk.get(listed).text
    assert old in clerk.get(url).text
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        units.rename(uow, unit_id, "改名街道（虚构）", "test")
        uow.commit()
    for page in (clerk.get(listed).text, clerk.get(url).text):
        assert "改名街道（虚构）" in page
        assert old not in page


def test_opening_a_record_leaves_one_audit_entry_in_its_unit(site: Site, clerk: Browser) -> None:
    url = site.register(clerk)
    uid = uid_of(url)
    with site.portal.reading(Access.system("test")) as session:
        path, release = session.execute(
            select(Record.unit_path, Record.release_id).where(Record.uid == uid)
        ).one()
    assert clerk.get(url).status_code == 200
    with site.portal.reading(Access.system("test")) as session:
        entries = select(AuditEntry).where(AuditEntry.object_id == uid, AuditEntry.action == "open")
        assert [(one.unit_path, one.release_id) for one in session.scalars(entries)] == [(path, release)]
