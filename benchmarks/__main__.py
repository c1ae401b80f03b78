"""``python -m benchmarks``: the portal beside Django REST and stock Flask-AppBuilder, in one run.

*In process*: the CPU of the thread that ran the application, best of all calls, and the CPU of the database server per
call, best round. *Served*: two web processes, four clients, the CPU of all web processes and of the database server per
request, median of the rounds. Systems take turns within each round. A round counts only while other processes used less
than 0.3 cores; where none did, the figure is void and stands in brackets.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import bench_rules, figures, memory, side_by_side
from benchmarks.cold_page import fetched
from benchmarks.installation import PEER_PYTHON, PEERS, Place, System, postgresql, served

LARGE = 1_000_000
PARTS = ("memory", "process", "served", "cold", "rules")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--cases", type=int, default=100_000, help="cases to load first")
    parser.add_argument("--large", action="store_true", help="1,000,000 cases, on PostgreSQL, without peers")
    parser.add_argument("--part", choices=PARTS, action="append", help="measure only these; all by default")
    parser.add_argument("--only", default="", help="only scenarios whose name begins so, such as create")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=60, help="calls of a scenario in a round, in process")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round, served")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--no-peers", action="store_true", help="measure the portal alone")
    parser.add_argument("--keep", type=Path, help="a folder that keeps what was loaded for the next run")
    return parser.parse_args()


def _systems(options: argparse.Namespace, place: Place) -> list[System]:
    cases = LARGE if options.large else options.cases
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    kinds = ["postgresql"] if options.large else kinds
    found = []
    for kind in kinds:
        print(f"loading {cases} cases: portal on {kind} ...", flush=True)
        found.append(place.portal(kind, cases))
    if not (options.no_peers or options.large) and PEER_PYTHON.exists():
        for name in PEERS:
            print(f"loading {cases} cases: {name} ...", flush=True)
            found.append(place.peer(name, cases))
    return found


def _measure(options: argparse.Namespace, systems: Sequence[System]) -> None:
    parts = options.part or PARTS
    names = [side_by_side.label(one) for one in systems]
    if "memory" in parts and not options.only:
        for system in systems:
            print(f"idle, {side_by_side.label(system)}: {memory.idle(system):.0f} MB", flush=True)
    if "process" in parts:
        title = "In process, CPU ms per request: best call + database (best round)"
        found = side_by_side.in_process(systems, options.only, options.rounds, options.calls)
        _print(figures.table(title, found, names, side_by_side.ORDER))
    if "served" in parts:
        title = f"Served, 2 processes, {options.clients} clients, CPU ms per request: web + database (median)"
        found = side_by_side.over_the_wire(
            systems, options.only, options.rounds, options.requests, options.clients
        )
        _print(figures.table(title, found, names, side_by_side.ORDER))
    if "cold" in parts and not options.only:
        with served(systems[0]) as serving:
            _print([fetched(serving.port, "/records/case/add")])


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, flush=True)


def main() -> None:
    """Measure what the command line asks for."""
    options = _options()
    parts = options.part or PARTS
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if set(parts) - {"rules"}:
            server = stack.enter_context(postgresql(folder / "pg"))
            _measure(options, _systems(options, Place(folder, server)))
    if "rules" in parts and not options.only:
        print("\nDecisions per second of one process, by rules in the set:\n")
        for line in bench_rules.table(1.0, (10, 100, 500)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
