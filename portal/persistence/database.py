"""One database: its engine and the sessions on it."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from portal.core.access import Access, Origin
from portal.core.errors import Unavailable, msg
from portal.persistence import account_events, ledger, models, scope

BUSY_TIMEOUT_MS = 15_000
STATEMENT_TIMEOUT_MS = 10_000
_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Database:
    """An engine with two kinds of sessions: readers, and writers that take SQLite's write lock at once."""

    engine: Engine
    readers: sessionmaker[Session]
    writers: sessionmaker[Session]

    @classmethod
    def connect(cls, url: str | URL, **options: Any) -> Database:
        """Return the database at ``url``; nothing is opened before it is used."""
        engine = build_engine(url, **options)
        _forget_after_fork(engine)
        writing = engine.execution_options(portal_writer=True)
        return cls(
            engine,
            sessionmaker(engine, autoflush=False, expire_on_commit=False),
            sessionmaker(writing, autoflush=False, expire_on_commit=False),
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

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def build_engine(url: str | URL, **options: Any) -> Engine:
    """Return an engine for SQLite or PostgreSQL, set up the way the portal needs it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed, options)
    return _sqlite(parsed, options)


def _forget_after_fork(engine: Engine) -> None:
    """A forked web process opens connections of its own: two processes on one would mix their answers."""
    known = weakref.ref(engine)

    def forget() -> None:
        found = known()
        if found is not None:
            found.dispose(close=False)

    os.register_at_fork(after_in_child=forget)


def _postgresql(url: URL, options: dict[str, Any]) -> Engine:
    settings = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC -c jit=off"
    arguments = {"connect_timeout": 5, "options": settings, "application_name": "portal"}
    defaults: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": 5, "connect_args": arguments}
    return create_engine(
        url.set(drivername="postgresql+psycopg"), json_serializer=_dumps, **(defaults | options)
    )


def _sqlite(url: URL, options: dict[str, Any]) -> Engine:
    arguments = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = create_engine(url, json_serializer=_dumps, **({"connect_args": arguments} | options))
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own idea of transactions is switched off; `_begin_sqlite` begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer that began as a reader could not wait for the lock: SQLite would refuse it at once.
    writer = connection.get_execution_options().get("portal_writer")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


scope.install()
ledger.install()
account_events.install()
assert models.Model.metadata.tables
