"""Looking up tells nothing by the time it takes: a hit, a miss and a wrong number answer alike."""

from __future__ import annotations

import datetime as dt
import math
import random
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import median

from portal.core.lookup_codes import new_code
from portal.services import records
from portal.services.lookup import LookupLimits
from portal.services.portal import Portal
from portal.services.records.entering.lookup_codes import code_of
from portal.web.public.progress import LIMITS
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof
from tests.services.handing import SYSTEM, case
from tests.web.records.seeded_site import Site

KINDS = ("hit", "miss", "wrong number")
THREADS = 4
Times = dict[str, list[float]]


@proof(
    "lookup",
    "Looking up: a hit, a miss and a wrong number differ neither in status, size and headers nor in time",
    minutes=1,
    small={"each": 8, "step": 40},
    large={"each": 500, "step": 120},
    databases=("sqlite",),
)
def looked_up(place: Place, each: int, step: int) -> Iterator[Number]:
    """Ask for each kind as often, in an order by chance, from addresses that nobody used before."""
    site = Site.open(place.filled(), place.folder)
    app, portal = site.app, site.portal
    # Wrong numbers of one code are asked for again and again: nothing but the time is of interest.
    app.extensions[LIMITS] = LookupLimits(failures=10**6, step=dt.timedelta(milliseconds=step))
    codes = [_code(portal, case(portal, applicant_phone="13987654321")) for _ in range(5)]
    chance = random.Random(2026)
    waiting = [kind for kind in KINDS for _ in range(each)]
    chance.shuffle(waiting)
    asked = iter(enumerate(waiting))
    times: Times = {kind: [] for kind in KINDS}
    seen: dict[str, set[tuple[object, ...]]] = {kind: set() for kind in KINDS}
    lock = threading.Lock()

    def ask() -> None:
        client = app.test_client()
        while True:
            with lock:
                number, kind = next(asked, (0, ""))
            if not kind:
                return
            typed = new_code(secrets.randbelow) if kind == "miss" else codes[number % len(codes)]
            data = {"c": typed, "d": "0000" if kind == "wrong number" else "4321"}
            address = {"REMOTE_ADDR": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
            began = time.perf_counter()
            answer = client.post("/progress/", data=data, environ_base=address)
            took = time.perf_counter() - began
            headers = tuple(sorted((k, v) for k, v in answer.headers.items() if k != "X-Request-ID"))
            with lock:
                times[kind].append(took)
                seen[kind].add((answer.status_code, len(answer.data), headers))

    workers = [threading.Thread(target=ask) for _ in range(THREADS)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    site.close()
    yield equal("answers of each kind", (each,) * 3, tuple(len(times[kind]) for kind in KINDS))
    yield equal("kinds of status, size and headers", 1, len(set().union(*seen.values())))
    for one_kind, other in combinations(KINDS, 2):
        first, second = times[one_kind], times[other]
        apart = abs(median(first) - median(second)) / median(second)
        yield at_most(f"medians of {one_kind} and {other} apart", 0.05, apart, clock=True)
        yield at_least(f"p of {one_kind} and {other}", 0.001, rank_test(first, second), clock=True)


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p of the rank-sum test, by the normal distribution."""
    n, m = len(first), len(second)
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(place for place, (_, of) in enumerate(ranked, 1) if of == 0)
    spread = math.sqrt(n * m * (n + m + 1) / 12)
    z = (ranks - n * (n + m + 1) / 2) / spread
    return math.erfc(abs(z) / math.sqrt(2))


def _code(portal: Portal, uid: str) -> str:
    with portal.reading(SYSTEM) as session:
        return code_of(portal.keys, session, records.get_any(session, uid)) or ""
