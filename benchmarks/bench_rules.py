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
    """Return how often ``work`` runs per second."""
    work()
    done, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        for _ in range(20):
            work()
        done += 20
    return done / passed


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="time per figure")
    for line in table(parser.parse_args().seconds):
        print(line, flush=True)


def table(seconds: float, sizes: Sequence[int] = (10, 20, 100, 500)) -> Iterator[str]:
    """Yield the lines of the table: decisions per second of one process."""
    columns = ["rules", "engine alone", "reference alone", "decision by reference", "as served", "explained"]
    yield "| " + " | ".join(columns) + " |"
    yield "|---|---|---|---|---|---|"
    for size in sizes:
        rules, engine = rule_set(size), DurableRules()
        env = Env(DAY, taxonomies={"unit": DivisionCodes()})
        values = project(rules.inputs, FACTS, None).values
        row = rules.program.row(values, env)
        works: list[Callable[[], Any]] = [
            lambda rules=rules, engine=engine, row=row: engine.matching(rules.program, row),
            lambda rules=rules, values=values, env=env: [r.holds(values, env) for r in rules.rules],
            lambda rules=rules: rules.decide(FACTS, today=DAY),
            lambda rules=rules, engine=engine: rules.decide(FACTS, today=DAY, engine=engine),
            lambda rules=rules, engine=engine: rules.decide(FACTS, today=DAY, engine=engine).to_json(),
        ]
        yield f"| {size} | " + " | ".join(f"{rate(work, seconds):,.0f}/s" for work in works) + " |"


if __name__ == "__main__":
    main()
