"""The portal on each kind of database, with two counties, and a clock that can be put forward."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.app import create_app
from portal.core.access import ADMIN, Access
from portal.core.zone import LOCAL
from portal.persistence.models import AuditEntry, Model
from portal.services import users
from portal.services.portal import Portal
from tests.fixtures.database import BOTH, TODAY, PostgresqlServer, filled_file
from tests.web.conftest import CHEAP_HASH, PASSWORD, ids_at, populate_at, settings_for, token_in
from tests.web.conftest import Site as BaseSite

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
LOGIN = "/api/v1/security/login"
# Written by the wayside: when a session was last used.
ASIDE = {"sign_in_session"}
# Who holds which roles in the small packs; ``keeper`` keeps the accounts of Xishan.
STAFF = {
    "keeper": (("unit_admin", "530112"),),
    "chief": ((ADMIN, "530112"),),
    "clerk": (("clerk", "530112"),),
    "deputy": (("supervisor", "530112"),),
    "both": (("clerk", "530112"), ("clerk", "530115")),
    "jinning": (("clerk", "530115"),),
    "city": (("clerk", "530100"),),
}


@dataclass
class Hands:
    """A clock whose hands can be moved."""

    moment: dt.datetime = field(
        default_factory=lambda: dt.datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=LOCAL)
    )

    def now(self) -> dt.datetime:
        return self.moment.astimezone(dt.UTC)

    def today(self) -> dt.date:
        return self.moment.astimezone(LOCAL).date()

    def forward(self, **amount: float) -> None:
        self.moment += dt.timedelta(**amount)


@dataclass
class Site(BaseSite):
    """The site with what these tests ask for again and again."""

    clock: Hands
    folder: Path
    others: list[Portal] = field(default_factory=list)

    def worker(self) -> Site:
        """Return the same installation in another process, as far as the application can tell."""
        url: Any = self.portal.database.engine.url
        portal = Portal.from_url(url, self.clock, keys=self.portal.keys)
        self.others.append(portal)
        return Site(
            create_app(settings_for(portal, self.folder), portal), portal, self.ids, self.clock, self.folder
        )

    def close(self) -> None:
        """Close the connections of all processes."""
        for portal in (self.portal, *self.others):
            portal.database.dispose()

    def strict(self) -> Site:
        """Return the same installation, with a second factor for the roles that ask for one."""
        settings = replace(settings_for(self.portal, self.folder), second_factor=True)
        return Site(create_app(settings, self.portal), self.portal, self.ids, self.clock, self.folder)

    def try_form(self, username: str, password: str = "wrong", ip: str = HERE) -> Any:
        client = self.app.test_client()
        token = token_in(client.get("/login/").text)
        data = {"csrf_token": token, "username": username, "password": password}
        return client.post("/login/", data=data, environ_base={"REMOTE_ADDR": ip})

    def try_api(self, username: str, password: str = "wrong", ip: str = HERE, **more: Any) -> Any:
        body = {"username": username, "password": password, "provider": "db", **more}
        return self.app.test_client().post(LOGIN, json=body, environ_base={"REMOTE_ADDR": ip})

    def tokens(self, username: str = "root") -> dict[str, str]:
        answer = self.try_api(username, PASSWORD, refresh=True)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def with_token(self, token: str, url: str = "/api/v1/security/logout", method: str = "POST") -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().open(url, method=method, headers=headers)

    def entries(self, *actions: str) -> list[AuditEntry]:
        with self.portal.reading(Access.system("test")) as session:
            query = select(AuditEntry).order_by(AuditEntry.id)
            return [entry for entry in session.scalars(query) if entry.action in actions]


def alive(client: Any) -> bool:
    """Return whether a browser is still signed in."""
    answer = client.get("/users/userinfo/")
    assert answer.status_code in (200, 302), answer.status_code
    return bool(answer.status_code == 200)


def state(site: BaseSite) -> str:
    """Return a digest of everything that is stored."""
    digest = hashlib.sha256()
    with site.portal.database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            if table.name not in ASIDE:
                rows = sorted(str(tuple(row)) for row in connection.execute(select(table)))
                digest.update(f"{table.name}{rows}".encode())
    return digest.hexdigest()


@pytest.fixture(scope="session")
def populated_postgresql(postgresql_server: PostgresqlServer) -> tuple[str, dict[str, int]]:
    """The name of a PostgreSQL database with the units and the people."""
    name = postgresql_server.template("populated", populate_at, postgresql_server.template_migrated())
    return name, ids_at(postgresql_server.url(name))


@pytest.fixture(params=BOTH)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """An application on each kind of database, at ten o'clock."""
    server: PostgresqlServer | None = None
    if request.param == "sqlite":
        path, ids = request.getfixturevalue("populated")
        shutil.copy(path, tmp_path / "portal.db")
        url = f"sqlite:///{tmp_path / 'portal.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        name, ids = request.getfixturevalue("populated_postgresql")
        url = server.copy(name)
    clock = Hands()
    portal = Portal.from_url(url, clock)
    made = Site(create_app(settings_for(portal, tmp_path), portal), portal, ids, clock, tmp_path)
    yield made
    made.close()
    if server is not None:
        server.drop(url)


def hire(url: str) -> None:
    """Make the people of ``STAFF`` in a seeded database."""
    portal = Portal.from_url(url, Hands())
    with portal.writing(Access.system("test")) as uow:
        users.ensure_roles(uow.session, [ADMIN])
        for name, held in STAFF.items():
            user = users.create(uow, name, CHEAP_HASH, "员", name, hashed=True, audited=False)
            for role, unit in held:
                users.assign(uow, user.id, role, unit, audited=False)
            uow.audit("add", user, kind="user", object_id=name)
        uow.commit()
    portal.database.dispose()


@pytest.fixture(scope="session")
def staffed_file(seeded_sqlite: Path, shared_folder: Path) -> tuple[Path, dict[str, int]]:
    """An SQLite file with roles out of packs, and people of two counties who hold them."""
    path = filled_file(shared_folder, "staffed.db", hire, seeded_sqlite)
    return path, ids_at(f"sqlite:///{path}")


@pytest.fixture
def staffed(staffed_file: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[Site]:
    """A site with roles out of packs, and people of two counties who hold them; on SQLite."""
    shutil.copy(staffed_file[0], tmp_path / "portal.db")
    clock = Hands()
    portal = Portal.from_url(f"sqlite:///{tmp_path / 'portal.db'}", clock)
    made = Site(create_app(settings_for(portal, tmp_path), portal), portal, staffed_file[1], clock, tmp_path)
    yield made
    made.close()
