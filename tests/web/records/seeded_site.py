"""A seeded portal with people in it, and a small browser that fills in forms as a person would."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.adapters.clock import FixedClock
from portal.adapters.pack_files import default_library
from portal.app import create_app
from portal.core.access import Access, Origin
from portal.services import users
from portal.services.portal import Portal
from portal.services.seeding import seed
from portal.settings import Settings
from tests.fixtures.database import KEYS

TODAY = dt.date(2026, 5, 6)
PASSWORD = "Kunming-2026-ok"
PEOPLE = {
    "clerk": ("clerk", "530112"),
    "clerk2": ("clerk", "530112"),
    "triage": ("triage", "530112"),
    "director": ("director", "530112"),
    "handler": ("handler", "530112:people_mediation"),
    "jinning": ("clerk", "530115"),
    "wuhua": ("clerk", "530102"),
    "supervisor": ("supervisor", "530100"),
}


def fill(url: str) -> None:
    """Seed a migrated database and add people."""
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    seed(portal, default_library(), verify=False)
    with portal.writing(Access.system("test"), Origin()) as uow:
        for name, (role, unit) in PEOPLE.items():
            user = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    portal.database.dispose()


class FormReader(HTMLParser):
    """Collects what a browser would send for the first form with a given action."""

    def __init__(self, action: str) -> None:
        super().__init__(convert_charrefs=True)
        self.action = action
        self.pairs: list[tuple[str, str]] = []
        self.inside = False
        self.done = False
        self.select: str | None = None
        self.textarea: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "form" and not self.done and values.get("action", "").split("#")[0] == self.action:
            self.inside = True
        if not self.inside or "disabled" in values:
            return
        name = values.get("name", "")
        if tag == "input" and name:
            kind = values.get("type", "text")
            ticked = "checked" in values or kind not in ("checkbox", "radio")
            if ticked and kind not in ("submit", "file", "button"):
                self.pairs.append((name, values.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in values:
            self.pairs.append((self.select, values.get("value", "")))
        elif tag == "textarea":
            self.textarea, self.text = name, ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.inside:
            self.inside, self.done = False, True
        if tag == "select":
            self.select = None
        if tag == "textarea" and self.textarea:
            self.pairs.append((self.textarea, self.text.removeprefix("\n")))
            self.textarea = None


@dataclass
class Browser:
    """One signed-in person."""

    client: FlaskClient

    def get(self, url: str, **more: Any) -> TestResponse:
        return self.client.get(url, **more)

    def form(self, url: str, action: str | None = None) -> list[tuple[str, str]]:
        """Return what the form of a page would send if nothing was changed."""
        response = self.get(url)
        assert response.status_code == 200, (url, response.status_code)
        return form_in(response.text, action or url)

    def send(self, url: str, pairs: list[tuple[str, str]], **changes: Any) -> TestResponse:
        return self.post(url, changed(pairs, changes))

    def post(self, url: str, pairs: list[tuple[str, str]] | dict[str, Any], **more: Any) -> TestResponse:
        data: dict[str, Any] = {}
        for key, value in pairs.items() if isinstance(pairs, dict) else pairs:
            data.setdefault(key, []).append(value)
        return self.client.post(url, data=data, **more)

    def token(self) -> str:
        found = re.search(r'<meta name="csrf-token" content="([^"]+)"', self.get("/").text)
        assert found
        return found[1]


def form_in(page: str, action: str) -> list[tuple[str, str]]:
    """Return what the form with an action would send."""
    reader = FormReader(action)
    reader.feed(page)
    assert reader.done, f"no form for {action}"
    return reader.pairs


def changed(pairs: list[tuple[str, str]], changes: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs with other values; None takes a control away."""
    kept = [(key, value) for key, value in pairs if key not in changes]
    for key, value in changes.items():
        values = value if isinstance(value, list) else [value]
        kept += [(key, one) for one in values if one is not None]
    return kept


CASE = {
    "/channel": "walk_in",
    "/applicant_name": "张小明（虚构）",
    "/applicant_phone": "13800000000",
    "/dispute_type": "D0301",
    "/place": "530112001",
    "/summary": "房屋买卖合同履行发生纠纷",
    "/claim": "退还定金",
    "/amount": "20000",
    "/willing": "yes",
    "/lower_tried": "false",
}


@dataclass
class Site:
    """One running portal."""

    url: str
    app: Flask
    portal: Portal

    @classmethod
    def open(cls, url: str, folder: Path, clock: Any = None, portal: Portal | None = None) -> Site:
        settings = Settings(
            database_url=url,
            secret_key="s" * 40,
            instance_path=folder,
            env="demo",
            https=False,
            second_factor=False,
            testing=False,
        )
        portal = portal or Portal.from_url(url, clock or FixedClock.on(TODAY), KEYS)
        return cls(url, create_app(settings, portal), portal)

    def close(self) -> None:
        self.portal.database.dispose()

    def stranger(self) -> Browser:
        return Browser(self.app.test_client())

    def login(self, name: str) -> Browser:
        browser = self.stranger()
        page = browser.get("/login/")
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert found
        answer = browser.post(
            "/login/", {"csrf_token": html.unescape(found[1]), "username": name, "password": PASSWORD}
        )
        assert answer.status_code == 302, answer.text[:500]
        return browser

    def register(self, browser: Browser, etype: str = "case", **data: Any) -> str:
        """Register a record through its form; return the address of its page."""
        url = f"/records/{etype}/add"
        answer = browser.send(url, browser.form(url), **(CASE if etype == "case" else {}) | data)
        assert answer.status_code == 303, errors_in(answer.text)
        return str(answer.headers["Location"])

    def token(self, name: str) -> dict[str, str]:
        answer = self.app.test_client().post(
            "/api/v1/security/login", json={"username": name, "password": PASSWORD, "provider": "db"}
        )
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json['access_token']}"}


def errors_in(page: str) -> str:
    """Return the text of a page's error summary."""
    found = re.search(r'class="error-summary.*?</div>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else page[:2000]


def uid_of(url: str) -> str:
    """Return the identifier in the address of a record's page."""
    return url.split("#")[0].rstrip("/").rsplit("/", 1)[1]
