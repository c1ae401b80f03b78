"""Bring a database to the current revision, or say whether it is there."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from portal.persistence.models import Model
from portal.persistence.text_match import is_beside

FOLDER = Path(__file__).parent / "migrations"
# Any number will do, as long as all processes take the same one.
LOCK = 530_100


def upgrade(engine: Engine, revision: str = "head") -> str:
    """Run the revisions that are missing up to one; return the revision reached. Safe to run twice, and at once."""
    with engine.execution_options(portal_writer=True).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
            connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
            connection.commit()
        try:
            _run_missing(engine, connection, revision)
        finally:
            connection.rollback()
            # The connection carries the session's lock and setting: it does not go back to the pool.
            connection.invalidate() if connection.dialect.name == "postgresql" else None
    reached = current(engine)
    assert reached is not None
    return reached


def _run_missing(engine: Engine, connection: Connection, revision: str) -> None:
    """Run what is missing, anew where another process ran some of it meanwhile.

    SQLite has no lock that outlives a revision's transaction: one of two processes finds its revision done already.
    """
    while True:
        before = current(engine)
        try:
            command.upgrade(_config(connection), revision)
            connection.commit()
            return
        except (CommandError, DBAPIError):
            connection.rollback()
            if connection.dialect.name != "sqlite" or current(engine) == before:
                raise


def current(engine: Engine) -> str | None:
    """Return the revision of the database; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the newest revision there is."""
    found = ScriptDirectory(str(FOLDER)).get_current_head()
    assert found is not None
    return found


def ancestors(revision: str) -> frozenset[str]:
    """Return a revision with all that come before it; nothing where this version does not know it."""
    revisions = ScriptDirectory(str(FOLDER))
    try:
        return frozenset(one.revision for one in revisions.iterate_revisions(revision, "base"))
    except CommandError:
        return frozenset()


def differences(engine: Engine) -> list[str]:
    """Return what differs between the models and the database: nothing, after ``upgrade``."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": of_models}
        )
        return [str(change) for change in compare_metadata(context, Model.metadata)]


def of_models(name: str | None, _kind: str, _parents: Any) -> bool:
    """Tell whether something in the database follows from the models alone."""
    return not is_beside(name)


def new_revision(engine: Engine, message: str) -> None:
    """Write a revision for what differs; for developers."""
    with engine.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
