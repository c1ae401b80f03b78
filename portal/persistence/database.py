"""One database: its engine and the sessions on it."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from portal.core.access import Access, Origin
from portal.core.errors import PortalError, Unavailable, msg
from portal.persistence import account_events, ledger, models, plain_rows, scope
from portal.persistence.plain_rows import WritingSession
from portal.persistence.reserve import Reserve
from portal.persistence.sqlite import refresh_statistics, sqlite_engine, wipe

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Database:
    """An engine with two kinds of sessions: readers, and writers that take SQLite's write lock at once."""

    engine: Engine
    readers: sessionmaker[WritingSession]
    writers: sessionmaker[WritingSession]
    # For one statement that is a transaction by itself: PostgreSQL is not told to begin and to commit.
    noting_engine: Engine
    reserve: Reserve | None = None

    @classmethod
    def connect(cls, url: str | URL, **options: Any) -> Database:
        """Return the database at ``url``; nothing is opened before it is used."""
        engine = build_engine(url, **options)
        _forget_after_fork(engine)
        writing = engine.execution_options(portal_writer=True)
        return cls(
            engine,
            sessionmaker(engine, class_=WritingSession, autoflush=False, expire_on_commit=False),
            sessionmaker(writing, class_=WritingSession, autoflush=False, expire_on_commit=False),
            engine.execution_options(isolation_level="AUTOCOMMIT")
            if engine.dialect.name == "postgresql"
            else writing,
            _reserve_of(engine.url),
        )

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self, access: Access, origin: Origin | None = None) -> Iterator[Session]:
        """Open a session that sees what ``access`` may see."""
        with self.readers() as session:
            scope.enter(session, access, origin or Origin())
            yield session

    def ping(self) -> None:
        """Raise Unavailable unless the database answers."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            raise Unavailable("database.down", msg("The database does not answer")) from error

    def wipe(self) -> bool:
        """Wipe what the database keeps of deleted rows as far as it goes; False where it must be tried again."""
        if self.dialect == "sqlite":
            return wipe(self.engine)
        from portal.persistence import postgresql  # the driver is an extra

        return postgresql.wipe(self.engine, sorted(scope.HOLDING_RECORDS))

    def refresh_statistics(self) -> None:
        """Let SQLite look how its tables are filled; PostgreSQL does so by itself."""
        if self.dialect == "sqlite":
            refresh_statistics(self.engine)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _reserve_of(url: URL) -> Reserve | None:
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Reserve(Path(str(url.database)).absolute()) if is_file else None


def usable_url(url: str | URL) -> URL:
    """Return an address that the portal can use; PortalError for one of another database, or of none."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() in ("sqlite", "postgresql"):
            return parsed
    except (ArgumentError, ValueError):  # the latter of half an IPv6 address
        pass
    raise PortalError(
        "settings.database", msg("PORTAL_DATABASE_URL is neither sqlite:///… nor postgresql://…")
    )


def build_engine(url: str | URL, **options: Any) -> Engine:
    """Return an engine for SQLite or PostgreSQL, set up the way the portal needs it."""
    parsed = usable_url(url)
    # What people entered stays out of the messages of errors, which end up in logs.
    options = {"json_serializer": _dumps, "hide_parameters": True} | options
    if parsed.get_backend_name() == "postgresql":
        from portal.persistence.postgresql import postgresql_engine  # the driver is an extra

        return postgresql_engine(parsed, options)
    return sqlite_engine(parsed, options)


def _forget_after_fork(engine: Engine) -> None:
    """A forked web process opens connections of its own: two processes on one would mix their answers."""
    known = weakref.ref(engine)

    def forget() -> None:
        found = known()
        if found is not None:
            found.dispose(close=False)

    os.register_at_fork(after_in_child=forget)


scope.install()
plain_rows.install()
ledger.install()
account_events.install()
assert models.Model.metadata.tables
