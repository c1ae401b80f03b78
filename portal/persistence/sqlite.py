"""SQLite, set up the way the portal needs it."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection

from portal.persistence.name_order import gb18030

# Of each index. With 1,000 the values of a unit fill the sample and its indexes look alike (0.1 s at 100,000 cases).
ROWS_LOOKED_AT = 10_000
BUSY_TIMEOUT_MS = 15_000
TURN = "portal_turn"


def sqlite_engine(url: URL, options: dict[str, Any]) -> Engine:
    """Return an engine whose writers take the write lock when they begin."""
    arguments = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = create_engine(url, **({"connect_args": arguments} | options))
    event.listen(engine, "do_connect", _keep_private)
    event.listen(engine, "connect", _set_up)
    turns = _Turns()
    event.listen(engine, "begin", turns.begin)
    event.listen(engine, "commit", turns.end)
    event.listen(engine, "rollback", turns.end)
    event.listen(engine, "reset", turns.reset)
    event.listen(engine, "close", turns.closed)
    return engine


def _keep_private(_dialect: Any, _record: Any, arguments: list[Any], _options: dict[str, Any]) -> None:
    """Make a database that is not there yet as a file of its owner alone; SQLite's files beside it follow it."""
    file = str(arguments[0]) if arguments else ""
    if (
        file
        and file != ":memory:"
        and not file.startswith("file:")
        and os.path.isdir(os.path.dirname(file) or ".")
    ):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _set_up(connection: Any, _record: Any) -> None:
    # The driver's own idea of transactions is switched off; `_Turns.begin` begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        "cache_size=-32000",
        # What is deleted or written over is overwritten in the file, not only let go.
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("gb18030", 1, gb18030, deterministic=True)


def wipe(engine: Engine) -> bool:
    """Bring the write-ahead log into the file and empty it; False while others read or write."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        # Nobody waits for readers here: it is tried again.
        cursor.execute("PRAGMA busy_timeout=0")
        busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return busy == 0
    finally:
        connection.close()


def refresh_statistics(engine: Engine) -> None:
    """Look at some rows of each index, so that statements take the one that leads to few; milliseconds at any size."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()


class _Turns:
    """Writers of one process wait for one another here before they ask for SQLite's lock.

    SQLite lets everybody who waits look again now and then, in no order: among many threads one could wait for too
    long. Only courtesy: what keeps writers apart is SQLite's lock, and whoever gets no turn in time asks for it anyway.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction; a writer takes SQLite's write lock at once."""
        if not connection.get_execution_options().get("portal_writer"):
            connection.exec_driver_sql("BEGIN")
            return
        # A writer that began as a reader could not wait for the lock: SQLite would refuse it at once.
        if self._lock.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            connection.info[TURN] = self._lock
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            self.end(connection)
            raise

    def end(self, connection: Connection) -> None:
        """Give the turn back."""
        self._release(connection.info)

    def reset(self, _connection: Any, record: Any, _state: Any) -> None:
        """Give back the turn of a connection that returns to the pool."""
        self._release(record.info)

    def closed(self, _connection: Any, record: Any) -> None:
        """Give back the turn of a connection that is thrown away."""
        self._release(record.info)

    @staticmethod
    def _release(info: dict[Any, Any]) -> None:
        lock: threading.Lock | None = info.pop(TURN, None)
        if lock is not None:
            lock.release()
