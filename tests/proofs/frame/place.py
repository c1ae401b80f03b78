"""Where a proof runs: a folder, one kind of database, and databases of the proof's own, filled once and copied."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fixtures.database import PostgresqlServer


@dataclass
class Place:
    """Gives a proof databases of one kind; all are gone when the proof has ended."""

    kind: str
    folder: Path
    request: pytest.FixtureRequest
    _made: list[str] = field(default_factory=list)

    def empty(self) -> str:
        """Return the address of a database without any table."""
        if self.kind == "sqlite":
            return f"sqlite:///{self._file()}"
        return self._kept(self.server.empty(f"p_{uuid.uuid4().hex}"))

    def migrated(self) -> str:
        """Return the address of a database with all tables and no rows."""
        if self.kind == "sqlite":
            return self._copy("sqlite_template")
        return self._kept(self.server.migrated())

    def seeded(self) -> str:
        """Return the address of a database with the small packs in force."""
        return self._copy(f"seeded_{self.kind}")

    def filled(self) -> str:
        """Return the address of a database with the shipped packs and people."""
        return self._copy(f"filled_{self.kind}")

    def shipped(self) -> str:
        """Return the address of a database with the shipped packs in force and nobody in it."""
        return self._copy(f"shipped_{self.kind}")

    def town(self) -> str:
        """Return the address of a database with the town in which everything is marked."""
        return self._copy(f"town_{self.kind}")

    @property
    def server(self) -> PostgresqlServer:
        """Return the PostgreSQL server of the session."""
        found: PostgresqlServer = self.request.getfixturevalue("postgresql_server")
        return found

    def close(self) -> None:
        """Drop what was made."""
        for url in self._made:
            self.server.drop(url)

    def _copy(self, fixture: str) -> str:
        template = self.request.getfixturevalue(fixture)
        if self.kind == "sqlite":
            target = self._file()
            shutil.copy(template, target)
            return f"sqlite:///{target}"
        return self._kept(self.server.copy(template))

    def _file(self) -> Path:
        folder = self.folder / uuid.uuid4().hex[:8]
        folder.mkdir()
        return folder / "portal.db"

    def _kept(self, url: str) -> str:
        self._made.append(url)
        return url
