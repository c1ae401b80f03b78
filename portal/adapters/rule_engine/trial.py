"""The child process that tries a rule set: a question on standard input, problems on standard output.

It runs the rule set's examples and some hundred made-up records through the engine and the reference.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from portal.adapters.rule_engine.engine import DurableRules
from portal.core.conditions.model import Value, atoms
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.kinds import KINDS
from portal.core.rules import RuleSet, check_rule_set, compile_rule_set
from portal.core.rules.examples import Known, run_examples
from portal.core.taxonomy import Taxonomy
from portal.core.values import LIST, NUMBER

RECORDS = 300
SECONDS = 2.0  # for made-up records
CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024


def trial(
    definition: Any, taxonomies: Mapping[str, Any] | None, file: str, known: Known = ()
) -> list[Problem]:
    """Return everything that is wrong with a rule set, including what only running it shows."""
    terms = None
    if taxonomies is not None:
        terms = {name: Taxonomy.from_definition(raw, name) for name, raw in taxonomies.items()}
    problems = check_rule_set(definition, taxonomies=terms, file=file, known=known)
    try:
        rule_set = compile_rule_set(definition, taxonomies=terms, file=file, trusted=True)
    except DefinitionError:
        return problems
    engine = DurableRules()
    for problem in run_examples(rule_set, definition, file, engine, known):
        if problem not in problems:
            problems.append(problem)
    enough = time.monotonic() + SECONDS
    for facts, today in records(rule_set):
        if time.monotonic() > enough:
            break
        decision = rule_set.decide(facts, today=today, engine=engine)
        faithful = rule_set.is_faithful(facts, today)
        if decision.disagreement or decision.engine != engine.name or not faithful:
            message = msg("The rule engine does not decide as the reference does")
            problems.append(Problem("rules.disagreement", message, {}, file))
            break
    return problems


def records(rule_set: RuleSet) -> Iterator[tuple[dict[str, Any], date]]:
    """Yield made-up records around the values that the rules compare with; always the same ones."""
    choose = random.Random(0)
    literals: dict[str, list[Any]] = {}
    for rule in rule_set.rules:
        for atom in atoms(rule.condition) if rule.condition else ():
            operand = atom.operand.value if isinstance(atom.operand, Value) else None
            values = operand if isinstance(operand, tuple) else (operand,)
            literals.setdefault(getattr(atom.subject, "name", ""), []).extend(values)
    first = date(2026, 1, 1)
    for _ in range(RECORDS):
        facts: dict[str, Any] = {}
        for name, declared in rule_set.inputs.items():
            if declared.source is not None and declared.source.parts and choose.random() < 0.8:
                _put(facts, declared.source.parts, _value(choose, declared.type, literals.get(name, [])))
        yield facts, first + timedelta(days=choose.randrange(365))


def _value(choose: random.Random, kind: str, literals: list[Any]) -> Any:
    value = choose.choice([*literals, None, "其他", "", 0, 1, True, -1.5])
    if isinstance(value, date):
        return (value + timedelta(days=choose.choice([-1, 0, 1]))).isoformat()
    known = KINDS[kind]
    if known.compared == LIST:
        return [value] if isinstance(value, str) else []
    if known.compared == NUMBER and isinstance(value, int | float):
        moved = value + choose.choice([-1, 0, 1])
        return moved if known.scale == 1 else moved / known.scale
    return value


def _put(facts: dict[str, Any], parts: tuple[str, ...], value: Any) -> None:
    for part in parts[:-1]:
        inner = facts.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        facts = inner
    facts[parts[-1]] = value


def limit() -> None:
    """Bound this process: its work, not the time that others make it wait; its memory; no core file."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer one question, within bounds."""
    limit()
    question = json.load(sys.stdin)
    problems = trial(question["definition"], question["taxonomies"], question["file"], question["known"])
    json.dump([{**asdict(problem), "params": dict(problem.params)} for problem in problems], sys.stdout)


if __name__ == "__main__":
    main()
