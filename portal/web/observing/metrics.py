"""Counters of all web processes, in the text format of Prometheus.

They lie in memory that the processes share since they were forked. Each process counts at a place of its own, so
none waits for another and none is hurt when another is killed; who is asked adds all places up.
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator

PLACES = 128
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "other")
STATUS = (1, 2, 3, 4, 5)
SIZE = 8

Series = tuple[str, str, int]


class Metrics:
    """How many requests there were by route, method and kind of answer, and how long they took."""

    def __init__(self, routes: Iterable[tuple[str, str]]) -> None:
        series = [(route, method, status) for route, method in sorted(set(routes)) for status in STATUS]
        self._series: dict[Series, int] = {one: number for number, one in enumerate(series)}
        # After the series: a count per bucket of seconds and one above them all, then the sum in microseconds.
        self._width = len(series) + len(BUCKETS) + 2
        self._cells = memoryview(mmap.mmap(-1, PLACES * self._width * SIZE)).cast("Q")
        self.use(0)

    def use(self, place: int) -> None:
        """Count at ``place`` from now on; for a process that was just forked."""
        self._base = place % PLACES * self._width
        self._lock = threading.Lock()

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = method if method in METHODS else "other"
        series = self._series.get((route, known, status // 100))
        times = self._base + len(self._series)
        with self._lock:
            if series is not None:
                self._cells[self._base + series] += 1
            self._cells[times + bisect_left(BUCKETS, seconds)] += 1
            self._cells[times + len(BUCKETS) + 1] += int(seconds * 1_000_000)

    def text(self, **gauges: float) -> str:
        """Return everything counted so far; ``gauges`` are what holds at this moment."""
        return "\n".join([*self._requests(), *self._seconds(), *_gauges(gauges), ""])

    def _sum(self, cell: int) -> int:
        return sum(self._cells[cell :: self._width])

    def _requests(self) -> Iterator[str]:
        yield "# HELP portal_requests_total Requests by route, method and kind of answer."
        yield "# TYPE portal_requests_total counter"
        for (route, method, status), cell in self._series.items():
            if number := self._sum(cell):
                labels = f'route="{_escaped(route)}",method="{method}",status="{status}xx"'
                yield f"portal_requests_total{{{labels}}} {number}"

    def _seconds(self) -> Iterator[str]:
        yield "# HELP portal_request_seconds How long requests took."
        yield "# TYPE portal_request_seconds histogram"
        below, first = 0, len(self._series)
        for number, limit in enumerate((*BUCKETS, "+Inf")):
            below += self._sum(first + number)
            yield f'portal_request_seconds_bucket{{le="{limit}"}} {below}'
        yield f"portal_request_seconds_sum {self._sum(first + len(BUCKETS) + 1) / 1_000_000}"
        yield f"portal_request_seconds_count {below}"


def _gauges(gauges: dict[str, float]) -> Iterator[str]:
    for name, value in gauges.items():
        yield f"# TYPE portal_{name} gauge"
        yield f"portal_{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
