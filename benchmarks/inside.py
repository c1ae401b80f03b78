"""What one request costs, whatever else the machine does: ``python -m benchmarks.inside``.

The application runs in this process, without a server; ``PORTAL_INSTANCE`` and ``PORTAL_DATABASE_URL`` name a portal
that holds demo cases. Printed are SQL statements, Python function calls and CPU milliseconds of a warm request.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import pstats
import statistics
import time
from typing import Any

from sqlalchemy import event

from benchmarks import scenarios
from benchmarks.asking import Scenarios, checked, environ, run, within

WARM_UP = 12


class Door:
    """The application, asked by the people of the scenarios."""

    def __init__(self) -> None:
        self.app = scenarios.application()
        self.engine = self.app.extensions["portal"].database.engine
        self.statements: list[str] = []
        self.scenarios: Scenarios = scenarios.scenarios(within(self.app))
        self.numbers = itertools.count()
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    def ask(self, name: str, watch: cProfile.Profile | None = None) -> float:
        """Make the next request of a scenario; return the CPU milliseconds of this thread."""
        request = self.scenarios[name](next(self.numbers))
        asked = environ(request)
        if watch is not None:
            watch.enable()
        start = time.thread_time()
        answer = run(self.app, asked)
        used = time.thread_time() - start
        if watch is not None:
            watch.disable()
        checked(request, answer)
        return used * 1000

    def statements_of(self, name: str) -> list[str]:
        """Return the statements of one request."""
        self.statements.clear()
        self.ask(name)
        return [*self.statements]

    def profile(self, name: str, calls: int = 1) -> pstats.Stats:
        """Return the profile of some requests."""
        watch = cProfile.Profile(time.thread_time)  # waiting for the database is not work
        for _ in range(calls):
            self.ask(name, watch)
        return pstats.Stats(watch)


def main() -> None:
    """Measure and print the table, or with ``--show`` the profile and statements of one request."""
    parser = argparse.ArgumentParser(prog="benchmarks.inside", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="measured requests of each kind")
    parser.add_argument("--only", default="", help="only the requests whose name begins so")
    parser.add_argument(
        "--show", choices=["cumtime", "tottime", "ncalls"], help="print the profile in this order"
    )
    options = parser.parse_args()
    door = Door()
    print(f"{'request':16} {'statements':>10} {'calls':>8} {'best ms':>8} {'median':>8}")
    for name in door.scenarios:
        if not name.startswith(options.only):
            continue
        for _ in range(WARM_UP):
            door.ask(name)
        statements = door.statements_of(name)
        calls = door.profile(name).total_calls  # type: ignore[attr-defined]
        times = [door.ask(name) for _ in range(options.rounds)]
        best, median = min(times), statistics.median(times)
        print(f"{name:16} {len(statements):10} {calls:8} {best:8.2f} {median:8.2f}", flush=True)
        if options.show:
            for statement in statements:
                print("  ", " ".join(statement.split())[:220])
            door.profile(name, 100).sort_stats(options.show).print_stats(200)


if __name__ == "__main__":
    main()
