"""What protects every page, seen from outside; each test fails without its measure."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SAWarning

from portal.app import create_app
from portal.services.portal import Portal
from portal.web.navigation import navigation
from tests.web.conftest import PASSWORD, Site, settings_for, token_in

# Files that a person takes along: they stand alone, without the portal's style sheets, and are no pages of it.
ALONE = {"copy.html", "volume_pdf.html"}
TEMPLATES = Path(__file__).parents[2] / "portal" / "web" / "templates"
TRICKS = (
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "https://evil.example",
    "http:///evil.example",
    "https:evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://localhost@evil.example",
    "https://localhost.evil.example",
    "\x01https://evil.example",
)
PAGES = ("/", "/users/list/", "/users/userinfo/", "/roles/list/", "/units/", "/releases/", "/nothing")


def leaves(location: str) -> bool:
    """Return whether a browser that follows ``location`` leaves the site."""
    cleaned = location.strip().replace("\\", "/")
    if cleaned.startswith("//"):
        return True
    return bool(re.match(r"[a-z][a-z0-9+.-]*:", cleaned, re.I)) and not re.match(
        r"https?://localhost([:/]|$)", cleaned
    )


def test_every_page_has_the_headers(site: Site) -> None:
    check_headers(site.browser().get("/login/").headers)
    client = site.signed_in("root")
    for path in PAGES:
        check_headers(client.get(path).headers)


def check_headers(headers: Any) -> None:
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Request-ID"]
    assert "no-store" in headers["Cache-Control"]


def test_hsts_and_secure_cookies_where_there_is_https(site: Site, tmp_path: Path) -> None:
    from dataclasses import replace

    settings = replace(settings_for(site.portal, tmp_path), https=True)
    client = create_app(settings, site.portal).test_client()
    answer = client.get("/language/en", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_carries_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    inline = re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>", text)
    assert not inline, inline
    if path.name in ALONE:
        text = re.sub(r"<style>[^<]*</style>", "", text)
    assert not re.findall(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on", text)


def test_next_never_leaves_the_site(site: Site) -> None:
    for trick in TRICKS:
        client = site.browser()
        page = client.get("/login/").text
        data = {"csrf_token": token_in(page), "username": "root", "password": PASSWORD}
        answer = client.post("/login/", query_string={"next": trick}, data=data)
        assert answer.status_code == 302, trick
        assert not leaves(answer.headers["Location"]), trick
        for path in ("/login/", "/language/en"):
            location = client.get(path, query_string={"next": trick}).headers.get("Location", "/")
            assert not leaves(location), (path, trick)


def test_an_unknown_host_is_refused(site: Site) -> None:
    assert site.browser().get("/login/", headers={"Host": "evil.example"}).status_code == 400


def test_signing_out_needs_a_post_with_a_token(site: Site) -> None:
    client = site.signed_in("root")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 400
    assert client.get("/users/list/").status_code == 200
    assert site.post(client, "/logout/").headers["Location"] == "/login/"
    assert client.get("/users/list/").status_code == 302


def test_changes_need_a_post_with_a_token(site: Site) -> None:
    client = site.signed_in("root")
    for path in ("/users/assign/1", "/users/revoke/1/1", "/unit", "/users/sessions/end"):
        assert client.post(path).status_code == 400, path
        assert client.get(path).status_code == 405, path


def test_a_wrong_password_and_an_unknown_user_look_alike(site: Site) -> None:
    answers = []
    for username in ("root", "nobody"):
        client = site.browser()
        data = {"csrf_token": token_in(client.get("/login/").text), "username": username, "password": "wrong"}
        answer = client.post("/login/", data=data)
        text = re.sub(r'(content|value)="[^"]*"', "", answer.text)
        answers.append((answer.status_code, text))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


def test_the_session_is_new_after_signing_in(site: Site) -> None:
    client = site.browser()
    with client.session_transaction() as before:
        before["planted"] = "x"
    data = {"csrf_token": token_in(client.get("/login/").text), "username": "root", "password": PASSWORD}
    client.post("/login/", data=data)
    with client.session_transaction() as after:
        assert "planted" not in after
        assert after["locale"] == "zh_Hans"


def test_the_users_list_is_no_password_oracle(site: Site) -> None:
    client = site.signed_in("root")
    bad = {"_oc_UserView": "password", "_od_UserView": "asc"}
    assert client.get("/users/list/", query_string=bad).status_code == 400
    good = {"_oc_UserView": "username", "_od_UserView": "desc"}
    assert client.get("/users/list/", query_string=good).status_code == 200


def test_health_and_ready_and_a_lost_database(tmp_path: Path) -> None:
    portal = Portal.from_url("postgresql://nobody@127.0.0.1:1/none")
    client = create_app(settings_for(portal, tmp_path), portal).test_client()
    assert client.get("/health").json["status"] == "ok"
    assert client.get("/ready").status_code == 503
    data = {"csrf_token": token_in(client.get("/login/").text), "username": "root", "password": "x" * 9}
    answer = client.post("/login/", data=data)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert answer.headers["X-Request-ID"] in answer.text


def test_strangers_are_asked_to_sign_in(site: Site) -> None:
    client = site.browser()
    for path in ("/", "/layout/", "/units/", "/releases/", "/users/list/", "/roles/list/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login/"), path


def test_the_navigation_leads_nowhere_that_is_refused(site: Site) -> None:
    client = site.signed_in("root")
    assert navigation(site.app)
    links = re.findall(r'class="nav-line" href="([^"]+)"', client.get("/").text)
    assert len(links) >= 5
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_who_saves_by_the_framework_writes_from_the_first_statement_on(site: Site) -> None:
    """Who asks is read before; that reader ends, since SQLite would refuse it the lock of a writer half-way."""
    client = site.signed_in("xishan")
    page = client.get("/myaccountview/form")
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    engine = site.portal.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)
            data = {"csrf_token": token_in(page.text), "last_name": "西山新名"}
            answer = client.post("/myaccountview/form", data=data)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 302, answer.text[:300]
    writes = next(number for number, one in enumerate(said) if one.startswith("UPDATE ab_user"))
    begun = max(number for number, one in enumerate(said[:writes]) if one.startswith("BEGIN"))
    assert said[begun] == "BEGIN IMMEDIATE"
