"""PostgreSQL, set up the way the portal needs it, and not waited for longer than people wait.

A server that is stopped, cut off or frozen says nothing, and a client that waits for it says nothing either. So a
connection is given up when the beginning of a transaction gets no answer in a moment, and any statement when the
server is silent for longer than it allows a statement to take. What waits for another's lock has had its beginning
answered: it is waited for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError

from portal.persistence.scope.statements import ONE_PLAN

STATEMENT_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 2
HELLO_SECONDS = 1.5
ANSWER_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + 5
REST_SECONDS = 1.0
IDLE_SECONDS = 1.0


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server is silent for too long."""

    # How long to wait for any answer; a migration may take as long as it likes.
    answer_seconds = ANSWER_SECONDS

    def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        """Wait for the server as psycopg does, but not for ever."""
        idle = self.pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE
        # A statement that is a transaction by itself may take as long as any other.
        seconds = HELLO_SECONDS if idle and not self.autocommit else self.answer_seconds
        return super().wait(self._limited(gen, min(seconds, self.answer_seconds)), *more, **options)

    def _rollback_gen(self) -> Any:
        """Roll back and keep what is prepared: psycopg forgets it, as if a table could have been made meanwhile."""
        kept, self._prepared = self._prepared, type(self._prepared)()
        try:
            yield from super()._rollback_gen()
        finally:
            self._prepared = kept

    def _limited(self, steps: Any, seconds: float) -> Generator[Any, Any, Any]:
        until = time.monotonic() + seconds
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                # Nothing at all where psycopg goes on waiting after Ctrl-C, to cancel the statement.
                if ready and ready & psycopg.waiting.Ready.R:
                    # It lives: from here on it may take as long as a statement may.
                    until = time.monotonic() + self.answer_seconds
                elif not ready and time.monotonic() > until:
                    # Closed at once: a rollback would wait for the same answer.
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server does not answer")
                wanted = steps.send(ready)
        except StopIteration as end:
            return end.value


class _Rest:
    """After a connection failed, the next ones fail at once for a moment, instead of each waiting for its own."""

    def __init__(self) -> None:
        self._until = 0.0

    def connect(self, _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        """Connect, or raise OperationalError."""
        if time.monotonic() < self._until:
            raise psycopg.OperationalError("the server did not answer a moment ago")
        try:
            return PatientConnection.connect(*arguments, **options)
        except psycopg.OperationalError:
            self._until = time.monotonic() + REST_SECONDS
            raise


def postgresql_engine(url: URL, options: dict[str, Any]) -> Engine:
    """Return an engine that tries those of its connections that have rested before it uses them."""
    # Requests ask along indexes: workers of a statement cost more to start than they read.
    settings = " ".join(
        f"-c {one}"
        for one in (
            f"statement_timeout={STATEMENT_TIMEOUT_MS}",
            "timezone=UTC",
            "jit=off",
            "max_parallel_workers_per_gather=0",
        )
    )
    arguments = {"connect_timeout": CONNECT_SECONDS, "options": settings, "application_name": "portal"}
    defaults: dict[str, Any] = {"pool_timeout": 5, "connect_args": arguments}
    engine = create_engine(url.set(drivername="postgresql+psycopg"), **(defaults | options))
    event.listen(engine, "do_connect", _Rest().connect)
    event.listen(engine, "do_execute", _plan_anew)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_try_after_idling, engine))
    return engine


def _plan_anew(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Let each SELECT have a plan for its own values, unless it says that one plan serves all (``scope.one_plan``).

    A village sees a few hundred records and the city a million: a plan kept for both would read far too much for one.
    What is read through a cursor of the server is never prepared.
    """
    if isinstance(cursor, psycopg.ServerCursor):
        return False
    if not context.is_text and not context.isinsert and not context.isupdate and not context.isdelete:
        compiled = context.compiled
        if compiled is not None and not context.execution_options.get(ONE_PLAN):
            cursor.execute(statement, parameters, prepare=False)
            return True
    return False


def wipe(engine: Engine, tables: Iterable[str]) -> bool:
    """Take deleted rows out of some tables; no statement reads them afterwards.

    The bytes stay in the files of the server until they are written over, and in its own log.
    """
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]
        try:
            for table in tables:
                connection.exec_driver_sql(f'VACUUM "{table}"')
        finally:
            # The connection carries the setting: it does not go back to the pool.
            connection.invalidate()
    return True


def _note_use(_connection: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _try_after_idling(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask whether the server is still there, unless this connection has only just been used."""
    idle = time.monotonic() - record.info.pop("idle_since", time.monotonic())
    if idle <= IDLE_SECONDS:
        return
    connection.answer_seconds = HELLO_SECONDS
    if not engine.dialect._do_ping_w_event(connection):
        raise InvalidatePoolError
    connection.answer_seconds = ANSWER_SECONDS
