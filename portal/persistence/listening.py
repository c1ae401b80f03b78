"""LISTEN and NOTIFY of PostgreSQL: one connection of its own, for all threads of a worker."""

from __future__ import annotations

import logging
import threading
import time

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from portal.persistence.postgresql import CONNECT_SECONDS

log = logging.getLogger("portal.jobs")
# Whoever misses a call, while there is no connection for instance, looks by himself after so long.
LOOK_SECONDS = 5.0
# So often a thread that listens sees whether it is to stop.
SLICE_SECONDS = 0.5


class Listener:
    """Waits for a call on a channel. A lost connection is made again, and looked past meanwhile."""

    def __init__(self, url: URL, channel: str) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._channel = channel
        self._connection: psycopg.Connection[object] | None = None
        self._called = threading.Condition()
        self._calls = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait so long, or until somebody calls."""
        self._start()
        with self._called:
            before, until = self._calls, time.monotonic() + min(seconds, LOOK_SECONDS)
            while self._calls == before and not stopped.is_set() and (left := until - time.monotonic()) > 0:
                self._called.wait(min(left, SLICE_SECONDS))

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(SLICE_SECONDS * 4)

    def _start(self) -> None:
        with self._called:
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)
                self._thread.start()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_SECONDS
                ) as connection:
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
                    # What was enqueued before we listened called nobody.
                    self._call()
                    while not self._ended.is_set():
                        for _ in connection.notifies(timeout=SLICE_SECONDS, stop_after=1):
                            self._call()
            except psycopg.Error as error:
                log.warning("not listening: %s", type(error).__name__)
                self._ended.wait(2.0)

    def _call(self) -> None:
        with self._called:
            self._calls += 1
            self._called.notify_all()
