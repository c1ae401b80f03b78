"""How long statements of a session may take, where a page would rather say that it is too much than wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

_STOPPED = ("QueryCanceled", "interrupted")
# So many steps of SQLite lie between two looks at the clock.
_STEPS = 20_000


class TookTooLong(Exception):
    """Statements took longer than a page waits; the session reads nothing more afterwards."""


@contextmanager
def within(session: Session, seconds: float) -> Iterator[None]:
    """Stop statements that take longer than so many seconds, and raise TookTooLong."""
    connection = session.connection()
    keep = _limit_server if connection.dialect.name == "postgresql" else _limit_file
    try:
        with keep(connection, seconds):
            yield
    except OperationalError as error:
        if type(error.orig).__name__ in _STOPPED or str(error.orig) in _STOPPED:
            raise TookTooLong from error
        raise


@contextmanager
def _limit_server(connection: Connection, seconds: float) -> Iterator[None]:
    before = connection.exec_driver_sql("SHOW statement_timeout").scalar_one()
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1_000))}")
    yield
    # Where a statement was stopped the transaction is over, and the setting with it.
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{before}'")


@contextmanager
def _limit_file(connection: Connection, seconds: float) -> Iterator[None]:
    driver = connection.connection.driver_connection
    assert driver is not None
    until = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
