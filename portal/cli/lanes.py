"""Which requests get the threads of a web process: no kind of request takes all of them.

Checking a password costs a tenth of a second of a processor, on purpose: signing in has a lane of its own, a quarter of
the threads. Looking a matter up without an account waits on purpose until its time is over: it has a quarter as well.
What waits for the database costs nothing but its thread: of one kind of request half of the threads may be slow, what
comes after them waits in the queue, and each slow one is replaced by a spare thread for the others.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from waitress.task import ThreadedTaskDispatcher

# From then on a request counts as slow.
SLOW_SECONDS = 0.7
SIGN_IN, LOOK_UP = "sign in", "look up"
# Where a password is looked at or hashed: signing in, confirming with one's own, choosing another, a new account.
_SIGN_IN = re.compile(
    r"/login/|/login/step|/api/v1/security/login|/reset(my)?password/form|/users/second-factor/.*|/users/add",
    re.IGNORECASE,
)
_NAMED = re.compile(r"/[0-9a-f]{32}(?=/|$)|/\d+(?=/|$)")


def lane_of(method: str, path: str) -> str:
    """Return the kind of a request: its method and address without what names single things."""
    if method == "POST" and _SIGN_IN.fullmatch(path):
        return SIGN_IN
    if method == "POST" and path == "/progress/":
        return LOOK_UP
    return f"{method} {_NAMED.sub('/*', path)[:200]}"


class Lanes(ThreadedTaskDispatcher):
    """The threads of a process, given to waiting requests by their kind."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.usual = threads
        self.running: dict[int, tuple[str, float]] = {}
        self.set_thread_count(threads)

    def is_full(self) -> bool:
        """Return whether some request waits for a thread that it may have."""
        with self.lock:
            return self._next(time.monotonic()) is not None

    def handler_thread(self, thread_no: int) -> None:
        """Answer requests until told to stop."""
        while (task := self._take(thread_no)) is not None:
            try:
                task.service()
            except BaseException:
                self.logger.exception("Exception when servicing %r", task)
            finally:
                with self.lock:
                    del self.running[threading.get_ident()]
                    # What waited for this one's place may be next.
                    self.queue_cv.notify_all()

    def look(self) -> None:
        """Have as many threads as are usual, and one more for each slow request; to be called now and then."""
        now = time.monotonic()
        with self.lock:
            slow = sum(now - began > SLOW_SECONDS for _lane, began in self.running.values())
            wanted = self.usual + min(slow, self.usual)
            changes = wanted != len(self.threads) - self.stop_count
            self.queue_cv.notify_all()
        if changes:
            self.set_thread_count(wanted)

    def _take(self, thread_no: int) -> Any:
        """Wait for a request that may be answered now; None where this thread is to end."""
        with self.lock:
            while True:
                if self.stop_count > 0:
                    self.active_count -= 1
                    self.stop_count -= 1
                    self.threads.discard(thread_no)
                    self.thread_exit_cv.notify()
                    return None
                now = time.monotonic()
                found = self._next(now)
                if found is not None:
                    self.queue.remove(found)
                    self.running[threading.get_ident()] = (_lane(found), now)
                    return found
                self.active_count -= 1
                self.queue_cv.wait()
                self.active_count += 1

    def _next(self, now: float) -> Any:
        """Return the request that has waited longest among those whose lane has room."""
        full: dict[str, bool] = {}
        for task in self.queue:
            lane = _lane(task)
            if lane not in full:
                full[lane] = self._is_full(lane, now)
            if not full[lane]:
                return task
        return None

    def _is_full(self, lane: str, now: float) -> bool:
        began = [since for one, since in self.running.values() if one == lane]
        if lane in (SIGN_IN, LOOK_UP):
            return len(began) >= max(1, self.usual // 4)
        return sum(now - since > SLOW_SECONDS for since in began) >= max(1, self.usual // 2)


def _lane(task: Any) -> str:
    """Return the kind of the request that a connection waits with."""
    requests = getattr(task, "requests", None)
    if not requests:
        return ""
    return lane_of(getattr(requests[0], "command", ""), getattr(requests[0], "path", ""))
