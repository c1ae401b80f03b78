"""What is measured: the requests that a centre makes all day."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.client import Client, run
from benchmarks.cold_page import fetched
from benchmarks.installation import Installation

CLERK = "xishan.clerk"
SUPERVISOR = "kunming.supervisor"
PASSWORD = "one-door-demo"
WARM_UP = 40

NEW_CASE = {
    "channel": "walk_in",
    "received_on": "2026-05-06",
    "applicant_kind": "person",
    "applicant_name": "王示例",
    "applicant_phone": "19900001234",
    "respondents": [{"kind": "person", "name": "李虚构"}],
    "dispute_type": "D0105",
    "place": "530112004",
    "summary": "兄妹因父母留下的房屋如何分割发生争执，多年未决。",
    "claim": "依法分割房屋",
    "amount": 600000,
    "willing": "yes",
    "lower_tried": False,
}


PLACES = [f"53011200{n}" for n in range(1, 8)]
TYPES = ("D0101", "D0102", "D0103", "D0105", "D0106")


def new_case(number: int) -> dict[str, Any]:
    """Return a case unlike its neighbours, so that the rules do not find one place full of the same matter."""
    return {
        **NEW_CASE,
        "place": PLACES[number % len(PLACES)],
        "dispute_type": TYPES[number % len(TYPES)],
        "summary": f"{NEW_CASE['summary']}（{number}）",
    }


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; milliseconds of CPU per request."""

    name: str
    database: str
    web_ms: float | None = None
    database_ms: float | None = None
    rate: float | None = None
    note: str = ""


def expect(status: int, wanted: int, body: bytes) -> None:
    """Stop when an answer is not the one that is measured."""
    if status != wanted:
        raise RuntimeError(f"answered {status}, not {wanted}: {body[:400]!r}")


def measure(portal: Installation, requests: int, threads: int) -> list[Figure]:
    """Run every scenario against ``portal``."""
    idle = Figure("idle memory", portal.database, note=f"{portal.web.memory_mb():.0f} MB for 2 workers")
    clerk, supervisor, api = Client(portal.port), Client(portal.port), Client(portal.port)
    clerk.log_in(CLERK, PASSWORD)
    supervisor.log_in(SUPERVISOR, PASSWORD)
    api.take_token(CLERK, PASSWORD)
    city = Client(portal.port)
    city.take_token(SUPERVISOR, PASSWORD)
    status, _, body = api.request("GET", "/api/v1/records/case/?size=1")
    expect(status, 200, body)
    uid = json.loads(body)["result"][0]["uid"]

    def get(client: Client, path: str) -> Callable[[int], None]:
        def one(_: int) -> None:
            status, _headers, body = client.request("GET", path)
            expect(status, 200, body)

        return one

    def create(number: int) -> None:
        body = json.dumps({"unit": "530112", "data": new_case(number)})
        status, _headers, answer = api.request(
            "POST", "/api/v1/records/case/", body, {"Content-Type": "application/json"}
        )
        expect(status, 201, answer)

    plans = [
        ("create case (API)", create, "rules, code, audit, outbox in one transaction"),
        ("list page", get(clerk, "/records/case/list/"), "20 rows of the county"),
        (
            "list (API, stage + subtree)",
            get(city, "/api/v1/records/case/?stage=intake&unit=530112&size=20"),
            "counts capped",
        ),
        ("new-case page", get(clerk, "/records/case/add"), "county form, rendered by WTForms"),
        ("case page", get(clerk, f"/records/case/show/{uid}"), "facts, proposals, timeline"),
        ("home page", get(supervisor, "/"), "city supervisor's worklist and counts"),
    ]
    figures = [_figure(portal, name, one, note, requests, threads) for name, one, note in plans]
    return [idle, *figures, _cold(portal, clerk)]


def _cold(portal: Installation, clerk: Client) -> Figure:
    found = fetched(clerk, "/records/case/add")
    note = f"{found[0]} requests, {found[1] / 1000:.0f} KB" if found else "no browser here"
    return Figure("new-case page, cold browser", portal.database, note=note)


def _figure(
    portal: Installation, name: str, one: Callable[[int], None], note: str, requests: int, threads: int
) -> Figure:
    """Warm up, then measure CPU and rate of ``requests`` calls."""
    run(WARM_UP, threads, one)
    web, database, start = portal.web.cpu_seconds(), _cpu(portal), time.perf_counter()
    run(requests, threads, one)
    seconds = time.perf_counter() - start
    web, database = portal.web.cpu_seconds() - web, _cpu(portal) - database
    return Figure(
        name,
        portal.database,
        web_ms=web / requests * 1000,
        database_ms=database / requests * 1000 if portal.postgresql else None,
        rate=requests / seconds,
        note=note,
    )


def _cpu(portal: Installation) -> float:
    return portal.postgresql.cpu_seconds() if portal.postgresql else 0.0
