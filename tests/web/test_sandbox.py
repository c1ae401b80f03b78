"""A draft is tried in a portal of its own: as any role, with nothing of it in the real portal, and the reverse."""

from __future__ import annotations

import datetime as dt
import html
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select

from portal.app import create_app
from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.errors import Conflict
from portal.persistence.models import Model
from portal.services import drafts, users
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.jobs.shipped import make_sandbox
from portal.services.jobs.shipped.forget_sandboxes import ForgetSandboxes
from portal.services.sandboxes import Sandbox, Sandboxes, folders
from portal.web.sandbox.rewriting import below, json_below, page_below
from tests.web.records.conftest import site
from tests.web.records.seeded_site import CASE, PASSWORD, Browser, Site, changed, form_in

__all__ = ["site"]
SYSTEM = Access.system("test")
XISHAN = "530112"
# What acts on the draft itself and its check write, and what signing in does.
MAY_GROW = {"audit_entry", "audit_seal", "draft_command", "job", "sign_in", "login_attempt", "draft_presence"}


def account(site: Site, name: str, role: str, unit: str = XISHAN) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return site.login(name)


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "keeper", "config_admin")


@pytest.fixture(scope="module")
def draft(site: Site, keeper: Browser) -> str:
    answer = keeper.post(f"/studio/start/{XISHAN}", {"csrf_token": keeper.token(), "name": "试用一下"})
    uid = str(answer.headers["Location"]).rstrip("/").rpartition("/")[2]
    with site.portal.writing(SYSTEM) as uow:
        before = drafts.effective(uow.session, uid)["forms"]["case"]["title"]
        drafts.change(uow, uid, [Change("replace", "/forms/case/title", before, "群众来访登记（试）")])
        uow.commit()
    return uid


@pytest.fixture(scope="module")
def counted(site: Site, draft: str) -> dict[str, int]:
    """The rows of each table of the real database before anything was tried."""
    return rows_of(site)


@pytest.fixture(scope="module")
def sandbox(site: Site, keeper: Browser, draft: str, counted: dict[str, int]) -> Iterator[str]:
    """The address of the sandbox of the draft."""
    page = keeper.get(f"/studio/{draft}/try")
    assert "开始试用" in page.text
    begin(site, keeper, draft)
    return f"/try/{draft}"


def begin(site: Site, keeper: Browser, draft: str) -> None:
    """Ask for the sandbox of a draft, and let a worker make it."""
    answer = keeper.post(f"/studio/{draft}/try", {"csrf_token": keeper.token()})
    assert answer.headers["Location"] == f"/studio/{draft}/try", text_of(answer)[:500]
    work(site)


def work(site: Site) -> None:
    """Let a worker make what sandboxes wait."""
    instance = site.app.extensions["portal.sandboxes"].settings.instance_path
    portal = replace(site.portal, instance=instance)
    while (claim := queue.claim(portal, "w", ["make_sandbox"])) is not None:
        assert run_claim(portal, JobRun(portal, claim))


def test_who_asks_for_a_sandbox_has_an_answer_at_once_and_reads_how_it_comes_on(
    site: Site, keeper: Browser, draft: str, counted: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = f"/studio/{draft}/try", []
    monkeypatch.setattr(make_sandbox, "make", lambda *given: seen.append(keeper.get(url)) or _full())
    assert keeper.post(url, {"csrf_token": keeper.token()}).headers["Location"] == url
    waits = keeper.get(url)
    assert "几秒内开始" in waits.text
    assert 'hx-trigger="load delay:2s"' in waits.text
    assert "开始试用" not in waits.text
    # Asked once more while the first one waits: one of them is made.
    keeper.post(url, {"csrf_token": keeper.token()})
    work(site)
    assert ["正在建单独的试用平台" in one.text for one in seen] == [True]
    # What speaks against it is told there, and it can be tried again.
    told = keeper.get(url)
    assert "已有 20 个试用平台，请先结束其中一个" in text_of(told)
    assert "开始试用" in told.text
    assert 'hx-trigger="load delay:2s"' not in told.text


def _full() -> Sandbox:
    text = "There are %(count)s sandboxes already; one of them has to end first"
    raise Conflict("sandbox.many", text, {"count": 20})


def rows_of(site: Site) -> dict[str, int]:
    with site.portal.database.engine.connect() as connection:
        tables = Model.metadata.sorted_tables
        return {one.name: connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables}


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def token(answer: Any) -> str:
    found = re.search(r'<meta name="csrf-token" content="([^"]+)"', answer.text)
    assert found, text_of(answer)[:500]
    return found[1]


def become(browser: Browser, root: str, role: str, unit: str = XISHAN) -> Any:
    page = browser.get(f"{root}/")
    data = {"csrf_token": token(page), "role": role, "unit": unit, "next": "/"}
    answer = browser.post(f"{root}/as", data)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{root}/"
    return browser.get(f"{root}/")


def register(browser: Browser, root: str, **values: str) -> str:
    url = f"{root}/records/case/add"
    page = browser.get(url)
    assert page.status_code == 200, text_of(page)[:800]
    assert ("群众来访登记（试）" in page.text) == bool(root)
    answer = browser.post(url, changed(form_in(page.text, url), CASE | values))
    assert answer.status_code == 303, text_of(answer)[:1500]
    return str(answer.headers["Location"])


def files_of(site: Site) -> Sandboxes:
    return site.app.extensions["portal.sandboxes"].folders


def test_a_matter_is_registered_and_seen_as_any_role(site: Site, keeper: Browser, sandbox: str) -> None:
    page = become(keeper, sandbox, "clerk")
    assert "试用" in page.text
    assert "登记员（试用）" in page.text
    place = register(keeper, sandbox)
    assert place.startswith(f"{sandbox}/records/case/show/")
    shown = keeper.get(place)
    assert shown.status_code == 200
    assert "张*：房屋买卖纠纷" in shown.text
    # The proposals of the rules stand on its page for whoever decides.
    become(keeper, sandbox, "triage")
    decided = keeper.get(place)
    assert 'id="proposals"' in decided.text
    assert decided.status_code == 200
    become(keeper, sandbox, "director")
    listed = keeper.get(f"{sandbox}/records/case/list/")
    assert "张*" in listed.text
    for url in re.findall(r'(?:href|action|src|hx-get|hx-post)="(/[^"]*)"', shown.text + listed.text):
        assert url.startswith((f"{sandbox}/", "/static/")), url


def test_nothing_of_a_sandbox_is_in_the_real_database_and_the_reverse(
    site: Site, keeper: Browser, sandbox: str, counted: dict[str, int]
) -> None:
    become(keeper, sandbox, "clerk")
    register(keeper, sandbox)
    after = rows_of(site)
    grown = {name for name, count in after.items() if count != counted[name]}
    assert grown <= MAY_GROW
    folder = files_of(site)
    inside = folder.all()
    assert [one.draft for one in inside] == [sandbox.rpartition("/")[2]]
    lite = sqlite3.connect(folder.database(inside[0]))
    names = {name for (name,) in lite.execute("SELECT username FROM ab_user")}
    assert names
    assert all(name.startswith("try.") for name in names)
    assert lite.execute("SELECT count(*) FROM ab_user WHERE password <> '!'").fetchone() == (0,)
    assert lite.execute("SELECT count(*) FROM record").fetchone()[0] >= 1
    # Not one identifier of a thing of the real portal: records, drafts, sessions, accounts.
    real = set()
    with site.portal.database.engine.connect() as connection:
        for table, column in (("draft", "uid"), ("record", "uid"), ("ab_user", "password")):
            found = MetaData()
            found.reflect(connection, only=[table])
            real |= set(connection.scalars(select(found.tables[table].c[column])))
    for (table,) in lite.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in lite.execute(f'SELECT * FROM "{table}"'):
            assert not real & {one for one in row if isinstance(one, str)}, table
    lite.close()
    # Keys and secrets are its own.
    own = folder.folder(inside[0])
    assert (own / "secret.key").read_text() != site.app.config["SECRET_KEY"]
    assert (own / "secret.key").stat().st_mode & 0o077 == 0


def words_in(rows: Iterable[Any], *wanted: str) -> set[str]:
    """Return the words that stand anywhere in some rows."""
    return {word for row in rows for word in wanted if word in repr(tuple(row))}


def test_no_word_entered_in_a_sandbox_is_in_the_real_database_and_the_reverse(
    site: Site, keeper: Browser, sandbox: str
) -> None:
    inside, outside = "试用里才说的话", "真实里才说的话"
    become(keeper, sandbox, "clerk")
    register(keeper, sandbox, **{"/place_detail": inside})
    register(site.login("clerk"), "", **{"/place_detail": outside})
    real: set[str] = set()
    with site.portal.database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            real |= words_in(connection.execute(select(table)), inside, outside)
    tried: set[str] = set()
    made = files_of(site).of(sandbox.rpartition("/")[2])
    assert made is not None
    with closing(sqlite3.connect(files_of(site).database(made))) as lite:
        for (table,) in lite.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            tried |= words_in(lite.execute(f'SELECT * FROM "{table}"'), inside, outside)
    assert (real, tried) == ({outside}, {inside})


def test_sessions_and_tokens_do_not_mix(site: Site, keeper: Browser, sandbox: str) -> None:
    inner = token(keeper.get(f"{sandbox}/"))
    outer = keeper.token()
    uid = sandbox.rpartition("/")[2]
    assert keeper.post(f"{sandbox}/as", {"csrf_token": outer, "role": "clerk"}).status_code == 400
    assert keeper.post(f"/studio/{uid}/undo", {"csrf_token": inner}).status_code == 400
    cookies = {cookie.key: cookie.path for cookie in keeper.client._cookies.values()}
    assert cookies["one_door"] == "/"
    assert [path for name, path in cookies.items() if name.startswith("one_door_try_")] == [f"{sandbox}/"]
    # The cookie of the sandbox opens nothing of the portal.
    stranger = site.stranger()
    for cookie in keeper.client._cookies.values():
        if cookie.key.startswith("one_door_try_"):
            stranger.client.set_cookie("one_door", cookie.value)
            stranger.client.set_cookie(cookie.key, cookie.value, path=cookie.path)
    assert stranger.get("/studio/").status_code == 302
    assert stranger.get(f"{sandbox}/").status_code == 302


def test_only_who_may_change_the_draft_goes_in(site: Site, keeper: Browser, sandbox: str) -> None:
    uid = sandbox.rpartition("/")[2]
    people = {
        "foreign": account(site, "foreign", "config_admin", "530115"),
        "city": account(site, "city", "template_owner", "530100"),
        "looker": account(site, "looker", "director"),
        "clerk": site.login("clerk"),
    }
    for who, browser in people.items():
        for url in (f"{sandbox}/", f"{sandbox}/records/case/list/", f"/studio/{uid}/try"):
            assert browser.get(url).status_code in (302, 403, 404), (who, url)
            assert "试用平台" not in browser.get(url).text
        for url in (f"{sandbox}/as", f"/studio/{uid}/try", f"/studio/{uid}/try/end"):
            assert browser.post(url, {"csrf_token": browser.token()}).status_code in (302, 400, 403, 404)
    assert files_of(site).of(uid) is not None
    # In it, what belongs to the real portal is closed.
    for path in (
        "login/",
        "studio/",
        "users/list/",
        "api/v1/records/case",
        "imports/",
        "jobs/1",
        "roles/list/",
    ):
        assert keeper.get(f"{sandbox}/{path}").status_code == 404, path


def test_another_process_answers_alike_and_sees_it_begun_anew(
    site: Site, keeper: Browser, sandbox: str, request: pytest.FixtureRequest
) -> None:
    become(keeper, sandbox, "clerk")
    place = register(keeper, sandbox)
    settings = site.app.extensions["portal.sandboxes"].settings
    other = Browser(create_app(settings, site.portal).test_client())
    for cookie in keeper.client._cookies.values():
        other.client.set_cookie(cookie.key, cookie.value, path=cookie.path)
    assert "张*：房屋买卖纠纷" in other.get(place).text
    uid = sandbox.rpartition("/")[2]
    begin(site, keeper, uid)
    assert other.get(place).status_code == 404
    assert keeper.get(place).status_code == 404


def test_sandboxes_end_by_themselves_and_are_limited(
    site: Site, keeper: Browser, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid, found = sandbox.rpartition("/")[2], files_of(site)
    portal = replace(site.portal, instance=site.app.extensions["portal.sandboxes"].settings.instance_path)
    job = ForgetSandboxes()

    class Run(JobRun):
        access = SYSTEM

        def __init__(self, at: Any) -> None:
            self.portal = at

    assert job.run(Run(portal)) == {"removed": 0}
    made = found.of(uid)
    assert made is not None
    assert found.left_over(made.until - dt.timedelta(minutes=1)) == []
    assert found.left_over(made.until) == [uid]
    monkeypatch.setattr(folders, "MOST", 1)
    with pytest.raises(Conflict):
        found.require_room("0" * 32)
    found.require_room(uid)
    monkeypatch.setattr("portal.web.sandbox.view.MOST_BYTES", 10)
    full = keeper.post(f"{sandbox}/as", {"csrf_token": token(keeper.get(f"{sandbox}/")), "role": "clerk"})
    assert full.headers["Location"].endswith(f"/studio/{uid}/try")
    # A draft that has ended takes its sandbox along.
    keeper.post(f"/studio/{uid}/discard", {"csrf_token": keeper.token()})
    assert job.run(Run(portal)) == {"removed": 1}
    assert found.of(uid) is None
    assert keeper.get(f"{sandbox}/").headers["Location"].endswith(f"/studio/{uid}/try")


def test_addresses_lead_below_the_sandbox() -> None:
    root = "/try/abc"
    told = '<a href="/records/x?y=/z">/a</a><form action="/as"></form><use href="/static/i.svg#x"/><i data-href="/r"'
    assert page_below(told, root) == (
        '<a href="/try/abc/records/x?y=/z">/a</a><form action="/try/abc/as"></form>'
        '<use href="/static/i.svg#x"/><i data-href="/try/abc/r"'
    )
    assert page_below(page_below(told, root), root) == page_below(told, root)
    for kept in ("//elsewhere/x", "https://x/", "#part", "", "/try/abc/x", "/try/abc"):
        assert below(kept, root) == kept
    assert below("/try/abcd", root) == "/try/abc/try/abcd"
    assert json_below('{"url": "/a", "text": "/b"}', root) == '{"url": "/try/abc/a", "text": "/b"}'
