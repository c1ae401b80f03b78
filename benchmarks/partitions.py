"""How the counts of indicators would be partitioned for ten million cases: ``python -m benchmarks.partitions``.

A PostgreSQL server of its own holds the two tables of the board as they are, and partitioned: ``indicator_figure`` by
the year of the month, ``indicator_share`` by ranges of a million records. Both are filled by SQL; the statements of the
board, of folding and of the nightly recomputation are explained and timed on each.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.installation import postgresql

MILLION = 1_000_000
YEARS = (2023, 2024, 2025, 2026)
AXES = ("", "days", "class", "route", "channel", "grade")
COLUMNS = "unit_id int NOT NULL, axis varchar(20) NOT NULL, month int NOT NULL, counts text NOT NULL"
SHARES = "record_id bigint NOT NULL, stands boolean NOT NULL, share text NOT NULL"
# About as long as what the demo keeps: a row holds all definitions, a share some ten counts.
COUNTS = "'{' || repeat('\"' || u % 30 || '|\":[' || m % 90 || ',' || u % 900 || '],', 9) || '\"99|\":[1,2]}'"
_ROW = "'[' || r % 30 || ',' || r % 2109 || ',202611,1,1],'"
SHARE = f'\'{{"on":{{"class":"D01"}},"rows":[\' || repeat({_ROW}, 11) || \'[0]]}}\''


def _make(run: Any, figures: int, records: int) -> None:
    months = [year * 100 + month for year in YEARS for month in range(1, 13)]
    units = max(1, figures // (len(AXES) * len(months)))
    run(f"CREATE UNLOGGED TABLE figure_one ({COLUMNS}, PRIMARY KEY (unit_id, axis, month))")
    run(
        f"CREATE TABLE figure_parts ({COLUMNS}, PRIMARY KEY (unit_id, axis, month)) PARTITION BY RANGE (month)"
    )
    run("CREATE UNLOGGED TABLE figure_now PARTITION OF figure_parts FOR VALUES FROM (0) TO (1)")
    for year in YEARS:
        bounds = f"FROM ({year * 100}) TO ({year * 100 + 100})"
        run(f"CREATE UNLOGGED TABLE figure_{year} PARTITION OF figure_parts FOR VALUES {bounds}")
    each = ", ".join(f"('{axis}')" for axis in AXES)
    run(
        f"INSERT INTO figure_one SELECT u, a, m, {COUNTS} FROM generate_series(1, {units}) u, "
        f"(VALUES {each}) AS axes(a), unnest(ARRAY{months}) m"
    )
    run(
        f"INSERT INTO figure_one SELECT u, a, 0, {COUNTS} FROM generate_series(1, {units}) u, "
        "(VALUES ('stage'), ('desk'), ('')) AS axes(a), (VALUES (0)) AS months(m)"
    )
    run("INSERT INTO figure_parts SELECT * FROM figure_one")
    run(f"CREATE TABLE share_parts ({SHARES}, PRIMARY KEY (record_id)) PARTITION BY RANGE (record_id)")
    for at in range(0, records, MILLION):
        name = f"share_{at // MILLION:02d}"
        run(
            f"CREATE UNLOGGED TABLE {name} PARTITION OF share_parts FOR VALUES FROM ({at}) TO ({at + MILLION})"
        )
        last = min(at + MILLION, records) - 1
        run(f"INSERT INTO {name} SELECT r, r % 5 = 0, {SHARE} FROM generate_series({at}, {last}) r")
    run("CREATE INDEX ON share_parts (stands)")
    run("ANALYZE")


def _statements(figures: str, records: int) -> dict[str, str]:
    units = ", ".join(str(one) for one in range(100, 166))
    newest = ", ".join(str(records - 1 - 7 * n) for n in range(1_000))
    last = (records - 1) // MILLION * MILLION
    long = ", ".join(str(year * 100 + month) for year in YEARS[-2:] for month in range(1, 13))
    return {
        "board: 66 units, three months and now": (
            f"SELECT unit_id, axis, month, counts FROM {figures} WHERE unit_id IN ({units}) AND "
            "((axis IN ('', 'days') AND month IN (0, 202610, 202611, 202511)) "
            "OR (axis IN ('stage', 'desk') AND month = 0))"
        ),
        "board of a year: 66 units, 25 months": (
            f"SELECT unit_id, axis, month, counts FROM {figures} WHERE unit_id IN ({units}) "
            f"AND axis IN ('', 'days') AND month IN ({long}, 0)"
        ),
        "parts of a figure: one unit, two months": (
            f"SELECT unit_id, axis, month, counts FROM {figures} WHERE unit_id IN (100) AND "
            "axis IN ('class') AND month IN (0, 202610, 202611)"
        ),
        "folding: cells of 200 units in a month": (
            f"SELECT unit_id, axis, month, counts FROM {figures} "
            "WHERE unit_id IN (SELECT generate_series(1000, 1199)) AND month IN (202611)"
        ),
        "folding: shares of 1,000 records of the newest": (
            f"SELECT record_id, share FROM share_parts WHERE record_id IN ({newest})"
        ),
        "recomputation: a portion of 4,000": (
            f"SELECT record_id, share FROM share_parts WHERE record_id > {records // 2} ORDER BY record_id LIMIT 4000"
        ),
        "recomputation: all shares of one partition": (
            f"SELECT count(share) FROM share_parts WHERE record_id >= {last} AND record_id < {last + MILLION}"
        ),
        "a month that ends: what stands, of one partition": (
            f"SELECT record_id FROM share_parts WHERE stands AND record_id >= {last} AND record_id < {last + MILLION}"
        ),
    }


def _explain(connection: Any, words: str) -> tuple[float, list[str]]:
    """Return the best of three runs in milliseconds, and the plan of the last."""
    best, plan = float("inf"), list[str]()
    for _ in range(3):
        rows = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {words}").fetchall()
        plan = [str(row[0]) for row in rows]
        took = [
            float(line.split()[2]) for line in plan if line.startswith(("Planning Time", "Execution Time"))
        ]
        best = min(best, sum(took))
    return best, plan


def main() -> None:
    """Fill, explain and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.partitions", description=__doc__)
    parser.add_argument("--figures", type=int, default=10 * MILLION, help="rows of the counts")
    parser.add_argument("--records", type=int, default=10 * MILLION, help="records, each with a share")
    parser.add_argument("--plans", action="store_true", help="print the plans too")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="parts-") as folder,
        postgresql(Path(folder) / "pg") as server,
        psycopg.connect(server.dsn("postgres"), autocommit=True) as connection,
    ):
        run: Any = connection.execute
        began = time.monotonic()
        _make(run, options.figures, options.records)
        number = run("SELECT count(*) FROM figure_one").fetchone()[0]
        print(
            f"{number:,} counts, {options.records:,} shares, made in {time.monotonic() - began:.0f} s",
            flush=True,
        )
        for name in ("figure_one", "figure_parts", "share_parts"):
            parts = (
                f"SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size('{name}')) "
                f"FROM pg_partition_tree('{name}')"
            )
            print(f"{name}: {run(parts).fetchone()[0] / MILLION:,.0f} MB", flush=True)
        print("\n| statement | one table, ms | partitioned, ms | partitions read |\n|---|---|---|---|")
        plans = []
        plain, parted = (_statements(name, options.records) for name in ("figure_one", "figure_parts"))
        for name, words in parted.items():
            other = "" if "share_parts" in words else f"{_explain(connection, plain[name])[0]:.2f}"
            took, plan = _explain(connection, words)
            read = sum(" on share_" in line or " on figure_" in line for line in plan)
            print(f"| {name} | {other} | {took:.2f} | {read} |", flush=True)
            plans.append((name, plan))
        for name, plan in plans if options.plans else ():
            print(f"\n{name}\n" + "\n".join(f"    {line[:180]}" for line in plan))


if __name__ == "__main__":
    main()
