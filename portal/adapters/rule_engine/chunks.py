"""Write programs in the engine's own format, in chunks that stay far below its limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.core.rules.program import Check, Compiled, Expression, Program

# The engine fails above 64 nodes matched at once, 120 properties of a fact, 512 conditions under a node.
MAX_RULES = 48
MAX_WIDTH = 48
MAX_CHECKS = 250
MAX_COLUMNS = 80

ALIVE = "alive"
_ONE = "k0"  # a column that always holds 1
_OPERATORS = {"ne": "$neq", "lt": "$lt", "lte": "$lte", "gt": "$gt", "gte": "$gte"}


def ascii_json(value: Any) -> str:
    """Return JSON in pure ASCII, so that the engine compares bytes and never meets a multi-byte character."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rules of a program in the engine's format, and the columns they look at."""

    rules: str
    columns: tuple[str, ...]


def chunks(program: Program) -> Iterator[Chunk]:
    """Yield the program in chunks; each carries a rule that always fires, as a sign of life."""
    group: list[tuple[int, Compiled]] = []
    for entry in enumerate(program.rules):
        if group and not _fits([*group, entry]):
            yield _chunk(group)
            group = []
        group.append(entry)
    if group:
        yield _chunk(group)


def _fits(group: list[tuple[int, Compiled]]) -> bool:
    rules = [rule for _, rule in group]
    return (
        len(rules) <= MAX_RULES
        and sum(rule.width for rule in rules) <= MAX_WIDTH
        and sum(rule.checks for rule in rules) <= MAX_CHECKS
        and len(_columns(rules)) <= MAX_COLUMNS
    )


def _columns(rules: Iterable[Compiled]) -> set[str]:
    return set().union(*(rule.columns for rule in rules))


def _chunk(group: list[tuple[int, Compiled]]) -> Chunk:
    written = {f"r{index}": _rule([{_ONE: 1}, _written(rule.expression)], 1) for index, rule in group}
    written[ALIVE] = _rule([{_ONE: 1}], 0)
    return Chunk(ascii_json(written), tuple(sorted(_columns(rule for _, rule in group))))


def _rule(parts: list[dict[str, Any]], priority: int) -> dict[str, Any]:
    condition = parts[0] if len(parts) == 1 else {"$and": parts}
    return {"all": [{"m": condition}], "pri": priority}


def _written(expression: Expression) -> dict[str, Any]:
    if isinstance(expression, Check):
        check = {expression.column: expression.value}
        return check if expression.op == "eq" else {_OPERATORS[expression.op]: check}
    if not expression.members:
        return {_ONE: 1}
    parts = [_written(member) for member in expression.members]
    return {"$and" if expression.kind == "all" else "$or": parts}


def fact(row: dict[str, int | str], columns: Iterable[str], identifier: str) -> str:
    """Return the fact that tells the engine about one record."""
    known = {column: row[column] for column in columns if column in row}
    return ascii_json({_ONE: 1, **known, "id": identifier})
