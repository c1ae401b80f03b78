"""One application asked within its process: ``python -m benchmarks.answering portal|django|fab``.

Reads lines ``{"scenario": ..., "calls": ...}`` and answers each with the CPU of its requests: the thread's that ran the
application, and the database server's, whose first process ``BENCH_POSTMASTER`` names.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import time
from typing import Any

from benchmarks.asking import Scenarios, checked, environ, run, within
from benchmarks.clocks import children, cpu_of

WHERE = {
    "portal": "benchmarks.scenarios",
    "django": "benchmarks.peers.django.scenarios",
    "fab": "benchmarks.peers.fab.scenarios",
}
WARM_UP = 15


class Answering:
    """An application, and what is asked of it."""

    def __init__(self, system: str, postmaster: int) -> None:
        module = importlib.import_module(WHERE[system])
        self.application: Any = module.application()
        self.scenarios: Scenarios = module.scenarios(within(self.application))
        self.postmaster = postmaster
        self.numbers = itertools.count(os.getpid() * 1_000)
        self.settle: Any = getattr(module, "settle", None)
        self.warm: set[str] = set()

    def round(self, scenario: str, calls: int) -> dict[str, Any]:
        """Ask ``calls`` times; return milliseconds: of each call the thread's, and the database's of all together."""
        if scenario not in self.scenarios:
            return {}
        if scenario not in self.warm:
            self.warm.add(scenario)
            for _ in range(WARM_UP):
                self._call(scenario)
        if self.settle is not None:
            self.settle(self.application)
        before = self._database()
        times = [self._call(scenario) * 1000 for _ in range(calls)]
        return {"server": times, "database": (self._database() - before) / calls * 1000}

    def _call(self, scenario: str) -> float:
        request = self.scenarios[scenario](next(self.numbers))
        asked = environ(request)
        start = time.thread_time()
        answer = run(self.application, asked)
        used = time.thread_time() - start
        checked(request, answer)
        return used

    def _database(self) -> float:
        return sum(cpu_of(pid) for pid in children(self.postmaster)) if self.postmaster else 0.0


def main() -> None:
    """Answer until nothing more is asked."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what an application prints is no answer
    answering = Answering(sys.argv[1], int(os.environ.get("BENCH_POSTMASTER", "0")))
    print(json.dumps(sorted(answering.scenarios)), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answering.round(asked["scenario"], asked["calls"])), file=answers, flush=True)


if __name__ == "__main__":
    main()
