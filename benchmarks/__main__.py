"""``python -m benchmarks``: start a portal per database, measure, print the table beside the peers'."""

from __future__ import annotations

import argparse

from benchmarks import bench_rules, report, scenarios
from benchmarks.installation import installation


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--cases", type=int, default=100_000, help="demo cases to load first")
    parser.add_argument("--requests", type=int, default=400, help="measured requests per scenario")
    parser.add_argument("--threads", type=int, default=4, help="clients at once")
    options = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    results = []
    for kind in kinds:
        print(f"loading {options.cases} cases on {kind} ...", flush=True)
        with installation(kind, options.cases) as portal:
            results += scenarios.measure(portal, options.requests, options.threads)
    print(report.table(results, options.cases))
    print("\nDecisions per second of one process, by rules in the set:\n")
    for line in bench_rules.table(1.0, (10, 100, 500)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
