"""What one request costs, whatever else the machine does: ``python -m benchmarks.inside``.

The application runs in this process, without a server; ``PORTAL_INSTANCE`` and ``PORTAL_DATABASE_URL`` name a portal
that holds demo cases. Printed are SQL statements, Python function calls and CPU milliseconds of a warm request.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import pstats
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from benchmarks.scenarios import CLERK, PASSWORD, SUPERVISOR, new_case
from portal.app import create_app

WARM_UP = 12


class Door:
    """The application, asked by the people of the scenarios."""

    def __init__(self) -> None:
        self.app = create_app()
        self.engine = self.app.extensions["portal"].database.engine
        self.statements: list[str] = []
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    def browser(self, username: str) -> Any:
        """Return a client with the cookie of a person who signed in."""
        client = self.app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"username": username, "password": PASSWORD, "csrf_token": found.group(1) if found else ""}
        answer = client.post("/login/", data=form)
        assert answer.status_code in (302, 303), answer.status_code
        return client

    def program(self, username: str) -> Any:
        """Return a client with the token of a person who signed in."""
        client = self.app.test_client(use_cookies=False)
        body = {"username": username, "password": PASSWORD, "provider": "db"}
        token = client.post("/api/v1/security/login", json=body).get_json()["access_token"]
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client


def requests(door: Door) -> dict[str, Callable[[], Any]]:
    """Return the requests of the scenarios, by name."""
    clerk, supervisor = door.browser(CLERK), door.browser(SUPERVISOR)
    api, city = door.program(CLERK), door.program(SUPERVISOR)
    uid = api.get("/api/v1/records/case/?size=1").get_json()["result"][0]["uid"]
    numbers = itertools.count()
    return {
        "ready": lambda: api.get("/ready"),
        "create": lambda: api.post(
            "/api/v1/records/case/", json={"unit": "530112", "data": new_case(next(numbers))}
        ),
        "list API": lambda: city.get("/api/v1/records/case/?stage=intake&unit=530112&size=20"),
        "one API": lambda: api.get(f"/api/v1/records/case/{uid}"),
        "list page": lambda: clerk.get("/records/case/list/"),
        "new-case page": lambda: clerk.get("/records/case/add"),
        "case page": lambda: clerk.get(f"/records/case/show/{uid}"),
        "home page": lambda: supervisor.get("/"),
    }


def cpu_ms(one: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Return the best and the median CPU milliseconds of ``rounds`` calls."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        one()
        times.append((time.process_time() - start) * 1000)
    return min(times), statistics.median(times)


def profile(one: Callable[[], Any]) -> pstats.Stats:
    """Return the profile of one call."""
    watch = cProfile.Profile()
    watch.enable()
    one()
    watch.disable()
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
    for name, one in requests(door).items():
        if not name.startswith(options.only):
            continue
        for _ in range(WARM_UP):
            answer = one()
            assert answer.status_code in (200, 201), (name, answer.status_code, answer.get_data()[:300])
        door.statements.clear()
        one()
        statements = [*door.statements]
        stats = profile(one)
        best, median = cpu_ms(one, options.rounds)
        calls = stats.total_calls  # type: ignore[attr-defined]
        print(f"{name:16} {len(statements):10} {calls:8} {best:8.2f} {median:8.2f}", flush=True)
        if options.show:
            for statement in statements:
                print("  ", " ".join(statement.split())[:220])
            stats.sort_stats(options.show).print_stats(70)


if __name__ == "__main__":
    main()
