"""How a worker that has nothing to do is woken."""

from __future__ import annotations

import threading
from typing import Protocol

from portal.persistence.database import Database

# SQLite tells nobody of anything.
POLL_SECONDS = 1.0


class Waker(Protocol):
    """What wakes the threads of one worker."""

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait so long, or until there may be something to do, or until told to stop."""
        ...

    def close(self) -> None:
        """Hold no connection any more."""
        ...


def waker_of(database: Database, channel: str) -> Waker:
    """Return what wakes those who wait on a channel of the database."""
    if database.dialect == "postgresql":
        from portal.persistence.listening import Listener  # the driver is an extra

        return Listener(database.engine.url, channel)
    return Poller()


class Poller:
    """Looks again each second."""

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait a second at most."""
        stopped.wait(min(seconds, POLL_SECONDS))

    def close(self) -> None:
        """Nothing is held."""


class Pace:
    """How long to wait after failures in a row of what a loop needs: 1 s, 2 s, 4 s ... 10 s."""

    def __init__(self, longest: float = 10.0) -> None:
        self._longest = longest
        self._failures = 0

    def well(self) -> None:
        """Begin anew."""
        self._failures = 0

    def next(self) -> float:
        """Return the next pause in seconds."""
        self._failures += 1
        return float(min(2 ** (self._failures - 1), self._longest))
