"""A web application on a small tree of units, with people of two sibling counties."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from portal.adapters.clock import FixedClock
from portal.app import create_app
from portal.core.access import ADMIN, Access
from portal.persistence.models import User
from portal.services import users
from portal.services.portal import Portal
from portal.services.users import ensure_roles
from portal.settings import Settings
from tests.fixtures.database import TODAY, filled_file

PASSWORD = "A-long-test-password-1"
# One round: what a real hash costs is not tested here.
CHEAP_HASH = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
TREE = {"530100": ("昆明市", None), "530112": ("西山区", "530100"), "530115": ("晋宁区", "530100")}
PEOPLE = {"root": "530100", "xishan": "530112", "jinning": "530115"}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_in(page: str) -> str:
    """Return the CSRF token of a page."""
    found = TOKEN.search(page)
    assert found, "the page holds no CSRF token"
    return found[1]


@dataclass
class Site:
    """The application and the people who use it."""

    app: Any
    portal: Portal
    ids: dict[str, int]

    def browser(self, lang: str = "zh_Hans") -> Any:
        """Return a client that speaks a language."""
        client = self.app.test_client()
        client.get(f"/language/{lang}")
        return client

    def signed_in(self, username: str, lang: str = "zh_Hans") -> Any:
        """Return a client that has signed in through the form."""
        client = self.browser(lang)
        data = {
            "csrf_token": token_in(client.get("/login/").text),
            "username": username,
            "password": PASSWORD,
        }
        assert client.post("/login/", data=data).status_code == 302
        return client

    def post(self, client: Any, url: str, page: str = "/users/userinfo/", **data: Any) -> Any:
        """Post a form with the token of a page."""
        return client.post(url, data={"csrf_token": token_in(client.get(page).text), **data})


def settings_for(portal: Portal, folder: Path) -> Settings:
    """Return settings of a test installation."""
    return Settings(
        database_url=str(portal.database.engine.url),
        secret_key="k" * 40,
        instance_path=folder,
        env="demo",
        https=False,
        second_factor=False,
        testing=True,
        trusted_hosts=("localhost",),
    )


def populate(portal: Portal) -> dict[str, int]:
    """Make the units and one administrator at each; return the users' ids."""
    from portal.services import units

    ids = {}
    with portal.writing(Access.system("test")) as uow:
        made: dict[str | None, Any] = {None: None}
        for code, (name, parent) in TREE.items():
            level = "city" if parent is None else "county"
            above = made[parent].id if parent else None
            made[code] = units.add(uow, code, name, level, above)
        for role in ensure_roles(uow.session, [ADMIN]):
            uow.audit("add", role, kind="role", object_id=role.name)
        for username, code in PEOPLE.items():
            user = users.create(uow, username, CHEAP_HASH, "员", username, hashed=True)
            users.assign(uow, user.id, ADMIN, code, audited=False)
            ids[username] = user.id
        uow.commit()
    return ids


def populate_at(url: str) -> None:
    """Make the units and the administrators in a migrated database."""
    portal = Portal.from_url(url, FixedClock.on(TODAY))
    populate(portal)
    portal.database.dispose()


def ids_at(url: str) -> dict[str, int]:
    """Return the ids of all accounts of a database."""
    portal = Portal.from_url(url)
    with portal.reading(Access.system("test")) as session:
        ids = dict(session.execute(select(User.username, User.id)).all())
    portal.database.dispose()
    return ids


@pytest.fixture(scope="session")
def populated(sqlite_template: Path, shared_folder: Path) -> tuple[Path, dict[str, int]]:
    """An SQLite file with the units and the people."""
    path = filled_file(shared_folder, "populated.db", populate_at, sqlite_template)
    return path, ids_at(f"sqlite:///{path}")


@pytest.fixture
def site(populated: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[Site]:
    """An application on SQLite; what differs between databases is tested with the services."""
    path, ids = populated
    shutil.copy(path, tmp_path / "portal.db")
    portal = Portal.from_url(f"sqlite:///{tmp_path / 'portal.db'}", FixedClock.on(TODAY))
    yield Site(create_app(settings_for(portal, tmp_path), portal), portal, ids)
    portal.database.dispose()
