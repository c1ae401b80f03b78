"""What the database does for a request, at each level of the tree: ``python -m benchmarks.plans``.

``PORTAL_INSTANCE`` and ``PORTAL_DATABASE_URL`` name a portal that holds many cases. The application runs in this
process, asked by people of a village, a county and the city; printed are the statements of each request, their
milliseconds together (best of all calls, waiting included) and, on PostgreSQL, the CPU of the server per call.
``--explain`` prints the slowest statements of a request with their plans.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, func, select, text

from benchmarks import scenarios
from benchmarks.asking import Request, checked, signed_in, with_token, within
from benchmarks.clocks import cpu_of
from portal.core.access import Access
from portal.core.errors import PortalError
from portal.persistence.models import Record, Unit
from portal.services import users
from portal.services.portal import Portal

CITY, COUNTY = "530100", "530112"
WARM_UP = 6
API, PAGE = "/api/v1/records/case/", "/records/case/list/"


@dataclass(slots=True)
class Ran:
    """One statement as it was sent."""

    words: str
    parameters: Any
    seconds: float = 0.0


@dataclass(slots=True)
class Watch:
    """The statements of the requests in between."""

    ran: list[Ran] = field(default_factory=list)
    began: float = 0.0

    def before(self, _connection: Any, _cursor: Any, words: str, parameters: Any, *_: Any) -> None:
        """Note a statement."""
        self.ran.append(Ran(words, parameters))
        self.began = time.perf_counter()

    def after(self, *_: Any) -> None:
        """Note how long it took."""
        self.ran[-1].seconds = time.perf_counter() - self.began


def busiest_village(portal: Portal) -> str:
    """Return the village of the county that owns the most cases."""
    with portal.reading(Access.system("benchmark")) as session:
        rows = (
            select(Unit.code)
            .join(Record, Record.unit_id == Unit.id)
            .where(Unit.code.startswith(COUNTY), func.length(Unit.code) == 12)
            .group_by(Unit.code)
            .order_by(func.count().desc(), Unit.code)
        )
        return str(session.scalars(rows.limit(1)).one())


def people(portal: Portal) -> dict[str, tuple[str, str]]:
    """Return an account and its unit for each level; those that are missing are made."""
    found = {"village": ("bench.village", busiest_village(portal)), "county": (scenarios.CLERK, COUNTY)}
    try:
        with portal.writing(Access.system("benchmark")) as uow:
            user = users.create(uow, found["village"][0], scenarios.PASSWORD, "某", "village")
            users.assign(uow, user.id, "clerk", found["village"][1], audited=False)
            uow.commit()
    except PortalError:
        pass
    return found | {"city": (scenarios.SUPERVISOR, CITY)}


def requests_of(send: Any, name: str, unit: str) -> Iterator[tuple[str, Request]]:
    """Yield what a person asks."""
    login = {"username": name, "password": scenarios.PASSWORD, "provider": "db"}
    token = with_token(send, "/api/v1/security/login", login, "access_token")
    page = signed_in(send, name, scenarios.PASSWORD)
    asked = {
        "created": "",
        "updated": "sort=-updated_at",
        "due": "sort=due_on",
        "own unit, created": f"unit={unit}",
        "own unit, updated": f"unit={unit}&sort=-updated_at",
        "own unit, due": f"unit={unit}&sort=due_on",
        "own unit, stage": f"unit={unit}&stage=intake",
    }
    for title, query in asked.items():
        yield f"list API, {title}", Request("GET", f"{API}?size=20&{query}", token)
    for title, query in asked.items():
        yield f"list page, {title}", Request("GET", f"{PAGE}?{query}", page)
    yield "home", Request("GET", "/", page)
    for by in ("dispute_class", "canonical_stage", "dispute_class,canonical_stage"):
        yield f"counts by {by}", Request("GET", f"{API}counts?by={by}&unit={unit}", token)
    yield (
        "counts by class and stage, seen",
        Request("GET", f"{API}counts?by=dispute_class,canonical_stage", token),
    )
    first = checked(request := Request("GET", f"{API}?size=1", token), send(request)).json["result"]
    yield "case API", Request("GET", f"{API}{first[0]['uid']}", token)
    yield "case page", Request("GET", f"/records/case/show/{first[0]['uid']}", page)


class Measuring:
    """The application and the watch over its statements."""

    def __init__(self) -> None:
        self.app = scenarios.application()
        self.portal: Portal = self.app.extensions["portal"]
        self.engine = self.portal.database.engine
        self.send = within(self.app)
        self.watch = Watch()
        self.servers: list[int] = []
        event.listen(self.engine, "before_cursor_execute", self.watch.before)
        event.listen(self.engine, "after_cursor_execute", self.watch.after)

    def server_cpu(self) -> float:
        """Return the CPU seconds of the database processes that work for this one."""
        return sum(cpu_of(pid) for pid in self.servers)

    def find_servers(self) -> None:
        """Find these processes; asking costs them some CPU, so it is not done within a round."""
        if self.engine.dialect.name == "postgresql":
            with self.engine.connect() as connection:
                names = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                self.servers = [pid for (pid,) in connection.execute(text(names))]

    def measure(self, request: Request, rounds: int, calls: int) -> tuple[list[Ran], float, float]:
        """Return the best call's statements, their milliseconds, and the server's CPU per call of the best round."""
        for _ in range(WARM_UP):
            checked(request, self.send(request))
        self.find_servers()
        best: list[Ran] = []
        cpu = float("inf")
        for _ in range(rounds):
            before = self.server_cpu()
            for _ in range(calls):
                self.watch.ran.clear()
                self.send(request)
                ran = [*self.watch.ran]
                if not best or together(ran) < together(best):
                    best = ran
            cpu = min(cpu, (self.server_cpu() - before) / calls)
        return best, together(best) * 1000, cpu * 1000

    def explain(self, ran: Ran) -> str:
        """Return the plan of a statement."""
        how = (
            "EXPLAIN (ANALYZE, BUFFERS) "
            if self.engine.dialect.name == "postgresql"
            else "EXPLAIN QUERY PLAN "
        )
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(how + ran.words, ran.parameters).all()
        return "\n".join("    " + " ".join(str(one) for one in row) for row in rows)


def together(ran: list[Ran]) -> float:
    """Return the seconds of some statements."""
    return sum(one.seconds for one in ran)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.plans", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--only", default="", help="only the requests whose name begins so")
    parser.add_argument("--who", default="", help="village, county or city alone")
    parser.add_argument("--explain", type=float, help="print the plans of statements of so many ms or more")
    options = parser.parse_args()
    measuring = Measuring()
    print("| request | who | statements | ms | server CPU ms |\n|---|---|---|---|---|")
    for level, (name, unit) in people(measuring.portal).items():
        if options.who and options.who != level:
            continue
        for title, request in requests_of(measuring.send, name, unit):
            if not title.startswith(options.only):
                continue
            ran, spent, cpu = measuring.measure(request, options.rounds, options.calls)
            print(f"| {title} | {level} | {len(ran)} | {spent:.2f} | {cpu:.2f} |", flush=True)
            for one in ran:
                if options.explain is not None and one.seconds * 1000 >= options.explain:
                    print(f"  {one.seconds * 1000:.2f} ms: {' '.join(one.words.split())[-700:]}")
                    print(measuring.explain(one), flush=True)


if __name__ == "__main__":
    main()
