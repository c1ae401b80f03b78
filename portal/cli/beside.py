"""One process beside the web processes works outside of requests; gunicorn keeps it as it keeps them.

It is forked like a web process, so it shares their memory, is replaced within a second when it dies, is stopped with
them, and sees by its parent when the master is gone. Which process it is, the master decides when it forks one: the
one that is missing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from portal.cli.buffering import BufferingWorker
from portal.worker.loop import Worker

# Starts within this time count as one after the other; from the third on there is a pause before the work begins.
SOON_SECONDS = 60.0
PAUSES = (0.0, 0.0, 1.0, 2.0, 4.0, 8.0)
YOUNG = 1_000_000_000


class Starts:
    """When the process was started, to let one that dies at once begin more slowly."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def next_pause(self, now: float) -> float:
        """Note a start and return how many seconds to wait before the work begins."""
        self._at = [one for one in self._at if now - one < SOON_SECONDS]
        self._at.append(now)
        return PAUSES[min(len(self._at), len(PAUSES)) - 1]


class BesideWorker(BufferingWorker):
    """A process of gunicorn that serves, or, one of them, works outside of requests."""

    starts = Starts()
    works = False
    pause = 0.0

    def choose(self, others: Iterable[Any]) -> None:
        """Decide in the master, before the fork, whether this process is the one that works outside of requests."""
        if not any(getattr(one, "works", False) for one in others):
            self.works = True
            self.pause = self.starts.next_pause(time.monotonic())
            # gunicorn ends its oldest processes first when it is told to keep fewer.
            self.age += YOUNG

    def resign(self) -> None:
        """Count as the oldest, in the master, so that a reload replaces this process first."""
        self.works, self.age = False, 0

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop at once; what works outside of requests ends its step first, since a thread may hold a lock."""
        if self.works:
            self.alive = False
        else:
            super().handle_quit(sig, frame)

    def run(self) -> None:
        """Serve, or work until told to stop or until the parent is gone."""
        if not self.works:
            super().run()
            return
        for listener in self.sockets:
            # Whoever comes is never kept waiting by a process that does not answer.
            listener.sock.close()
        self._work()

    def _work(self) -> None:
        until = time.monotonic() + self.pause
        while time.monotonic() < until and not self._must_stop():
            self.notify()
            time.sleep(0.1)
        portal = self.app.wsgi().extensions["portal"]
        if not Worker(portal, must_stop=self._must_stop, beat=self.notify).run():
            raise RuntimeError("a thread of the worker failed")

    def _must_stop(self) -> bool:
        return not self.alive or os.getppid() != self.ppid
