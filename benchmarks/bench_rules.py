"""``python -m benchmarks.bench_rules``: decisions per second of guarded engine and reference."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from portal.adapters.rule_engine import DurableRules
from portal.core.conditions import DivisionCodes, Env
from portal.core.rules import RuleSet, compile_rule_set
from portal.core.rules.inputs import project

DAY = date(2026, 5, 6)
CALLS = 10
FACTS = {
    "kind": "D0601",
    "amount": 120000,
    "people": 7,
    "since": "2025-01-01",
    "tries": [{"level": "village"}],
}


def rule_set(size: int) -> RuleSet:
    """Return ``size`` rules with four conditions each, of which about one in ten fires."""
    fields = {"kind": "string", "people": "integer", "amount": "money", "since": "date"}
    inputs = {name: {"title": name, "type": kind, "from": f"/{name}"} for name, kind in fields.items()}
    inputs["levels"] = {"title": "levels", "type": "strings", "from": "/tries/*/level"}
    rules = {
        f"r{n:03}": {
            "title": "t",
            "priority": n,
            "reason": "{kind} {amount}",
            "when": {
                "all": [
                    {"field": "kind", "op": "eq", "value": f"D{6 if n % 10 == 0 else n % 10:02}01"},
                    {"field": "amount", "op": "gte", "value": n * 100},
                    {
                        "any": [
                            {"field": "levels", "op": "has", "value": "village"},
                            {"field": "people", "op": "gt", "value": n % 20},
                        ]
                    },
                ]
            },
            "then": [{"do": "flag", "flag": f"f{n % 5}"}],
        }
        for n in range(size)
    }
    definition = {"title": "t", "purpose": "bench", "inputs": inputs, "rules": rules}
    return compile_rule_set(definition, trusted=True)


def rate(work: Callable[[], Any], seconds: float) -> float:
    """Return how often ``work`` runs in a second of this thread's CPU, in its best stretch."""
    work()
    best, until = float("inf"), time.thread_time() + seconds
    while time.thread_time() < until:
        started = time.thread_time()
        for _ in range(CALLS):
            work()
        best = min(best, (time.thread_time() - started) / CALLS)
    return 1 / best


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="time per figure")
    for line in table(parser.parse_args().seconds):
        print(line, flush=True)


def table(seconds: float, sizes: Sequence[int] = (10, 20, 100, 500)) -> Iterator[str]:
    """Yield the lines of the table: decisions per second of one process."""
    columns = [
        "engine alone",
        "reference alone",
        "compiled, with failed comparisons as data",
        "as served, the same",
    ]
    columns += ["as served / engine alone", "explained in words"]
    yield f"| rules | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for size in sizes:
        rules, engine = rule_set(size), DurableRules()
        env = Env(DAY, taxonomies={"unit": DivisionCodes()})
        values = project(rules.inputs, FACTS, None).values
        row = rules.program.row(values, env)
        works: list[Callable[[], Any]] = [
            lambda rules=rules, engine=engine, row=row: engine.matching(rules.program, row),
            lambda rules=rules, values=values, env=env: [r.holds(values, env) for r in rules.rules],
            lambda rules=rules, values=values, env=env: rules.compiled.function(values, env),
            lambda rules=rules, engine=engine: rules.decide(FACTS, today=DAY, engine=engine),
            lambda rules=rules, engine=engine: rules.decide(FACTS, today=DAY, engine=engine).to_json(),
        ]
        alone, reference, compiled, served, explained = (rate(work, seconds) for work in works)
        rates = [f"{one:,.0f}/s" for one in (alone, reference, compiled, served)]
        yield f"| {size} | {' | '.join(rates)} | {served / alone:.2f} | {explained:,.0f}/s |"


if __name__ == "__main__":
    main()
