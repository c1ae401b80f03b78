"""The marked town on each kind of database, copied from a template that was filled once per session."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fixtures.database import BOTH, PostgresqlServer
from tests.web.records.seeded_site import PASSWORD, Site
from tests.web.scope.town import Person, Town, read_town

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Visitor:
    """One person at the portal: a browser and a token of the API, both signed in at first use."""

    site: Site
    person: Person
    client: Any = None
    csrf: str = ""
    bearer: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, url: str, **more: Any) -> Any:
        """Send one request as the person: by token to the API, by cookie to the pages."""
        if self.client is None:
            self.client = self.site.app.test_client()
        if url.startswith("/api/"):
            more["headers"] = self.token() | more.get("headers", {})
            more.setdefault("json", None if method in ("GET", "HEAD", "OPTIONS") else {})
            return self.site.app.test_client(use_cookies=False).open(url, method=method, **more)
        self.sign_in()
        if method not in ("GET", "HEAD", "OPTIONS"):
            more["data"] = {"csrf_token": self.csrf} | (more.get("data") or {})
        return self.client.open(url, method=method, **more)

    def get(self, url: str, **more: Any) -> Any:
        """Read one page."""
        return self.call("GET", url, **more)

    def sign_in(self) -> None:
        """Sign in through the form, once."""
        if self.csrf:
            return
        self.client = self.client or self.site.app.test_client()
        data = {"username": self.person.name, "password": PASSWORD, "csrf_token": self.form_token("/login/")}
        answer = self.client.post("/login/", data=data)
        assert answer.status_code == 302, answer.text[:500]
        self.csrf = self.form_token("/users/userinfo/")

    def token(self) -> dict[str, str]:
        """Return the header that carries the token of the API."""
        self.bearer = self.bearer or self.site.token(self.person.name)
        return self.bearer

    def form_token(self, url: str) -> str:
        """Return the token against forgery that a page holds."""
        found = CSRF.search(self.client.get(url).text)
        assert found, url
        return html.unescape(found[1])


@dataclass
class Place:
    """A running portal with the marked town in it."""

    site: Site
    town: Town
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, name: str) -> Visitor:
        """Return a person by role and unit (``clerk@530112``), at the portal."""
        return self.visitors.setdefault(name, Visitor(self.site, self.town.people[name]))


@pytest.fixture(scope="module", params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A portal of this module's own, with the town."""
    folder = tmp_path_factory.mktemp("place")
    server: PostgresqlServer | None = None
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("town_sqlite"), folder / "portal.db")
        url = f"sqlite:///{folder / 'portal.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        url = server.copy(request.getfixturevalue("town_postgresql"))
    site = Site.open(url, folder)
    yield Place(site, read_town(site.portal))
    site.close()
    if server is not None:
        server.drop(url)
