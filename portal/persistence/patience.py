"""How long statements of a session may take, where a page would rather say that it is too much than wait."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

_STOPPED = ("QueryCanceled", "interrupted")
# So many steps of SQLite lie between two looks at the clock.
_STEPS = 20_000
# The server is told anew how long a statement may take when so much of the time is over.
_TOLD_ANEW = 0.05
# How much longer than a statement may take a client listens for what the server says about it.
_LISTENED = 5.0
_UNTIL = "patience_until"
# As the client of PostgreSQL numbers it: within a transaction in which nothing failed.
_IN_TRANSACTION = 2


class TookTooLong(Exception):
    """Statements took longer than a page waits; the session reads nothing more afterwards."""


@contextmanager
def within(session: Session, seconds: float) -> Iterator[None]:
    """Stop what takes longer than so many seconds, all statements together, and raise TookTooLong.

    Within another one the shorter time holds.
    """
    connection = session.connection()
    outer = connection.info.get(_UNTIL)
    until = min(time.monotonic() + seconds, outer if outer is not None else math.inf)
    connection.info[_UNTIL] = until
    keep = _limit_server if connection.dialect.name == "postgresql" else _limit_file
    try:
        with keep(connection, until, outer):
            yield
    except OperationalError as error:
        if type(error.orig).__name__ in _STOPPED or str(error.orig) in _STOPPED:
            raise TookTooLong from error
        raise
    finally:
        if outer is None:
            connection.info.pop(_UNTIL, None)
        else:
            connection.info[_UNTIL] = outer


@contextmanager
def _limit_server(connection: Connection, until: float, _outer: float | None) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    before = connection.exec_driver_sql("SHOW statement_timeout").scalar_one()
    listened, told = driver.answer_seconds, 0.0
    driver.answer_seconds = max(listened, until - time.monotonic() + _LISTENED)

    def tell(*_: Any) -> None:
        nonlocal told
        now = time.monotonic()
        if now > until:
            raise TookTooLong
        if now - told > _TOLD_ANEW:
            told = now
            _allow(driver, f"{math.ceil((until - now) * 1_000)}")

    event.listen(connection, "before_cursor_execute", tell)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", tell)
        driver.answer_seconds = listened
        # Where a statement was stopped the transaction is over, and the setting with it.
        if driver.info.transaction_status == _IN_TRANSACTION:
            _allow(driver, f"'{before}'")


def _allow(driver: Any, limit: str) -> None:
    """Tell the server how long a statement of this transaction may take."""
    driver.execute(f"SET LOCAL statement_timeout = {limit}", prepare=False)


@contextmanager
def _limit_file(connection: Connection, until: float, outer: float | None) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(
            *((None, 0) if outer is None else (lambda: time.monotonic() > outer, _STEPS))
        )
