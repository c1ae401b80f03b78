"""Evaluate a condition against facts, or explain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.core.conditions.model import Atom, Condition, CountQuery, Field, Operand, Parameter, Today, Value
from portal.core.conditions.operators import NOWHERE, OPERATORS, Operator, Scope, Terms
from portal.core.conditions.trace import Trace
from portal.core.values import as_date, as_number, is_missing, is_sequence, kind_of, shifted

Counts = Callable[[CountQuery, Mapping[str, Any]], int | float | None]


@dataclass(frozen=True, slots=True)
class Env:
    """What a condition may know beside the facts; the day is always given, never read from a clock."""

    today: date
    parameters: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    taxonomies: Mapping[str, Terms] = field(default_factory=dict)
    counts: Counts | None = None


def evaluate(condition: Condition, facts: Mapping[str, Any], env: Env) -> bool:
    """Tell whether ``condition`` holds."""
    if isinstance(condition, Atom):
        return _holds(condition, facts, env)
    decisive = condition.kind != "all"  # the verdict on a member that settles the group
    for member in condition.members:
        if evaluate(member, facts, env) is decisive:
            return condition.kind == "any"
    return condition.kind != "any"


def _holds(atom: Atom, facts: Mapping[str, Any], env: Env) -> bool:
    operator = OPERATORS[atom.op]
    operand, subject = atom.operand, atom.subject
    expected = operand.value if type(operand) is Value else expected_of(atom, operator, env)
    if expected is None and operator.operand != "nothing":
        return False
    actual = subject.read(facts) if type(subject) is Field else _actual(atom, facts, env)
    return operator.test(actual, expected, scope_of(atom, operator, env) if operator.sees else NOWHERE)


def explain(condition: Condition, facts: Mapping[str, Any], env: Env) -> Trace:
    """Return the verdict on ``condition`` with the verdict on each of its parts."""
    if isinstance(condition, Atom):
        return _explain_atom(condition, facts, env)
    members = tuple(explain(member, facts, env) for member in condition.members)
    if condition.kind == "all":
        holds = all(member.holds for member in members)
    else:
        holds = any(member.holds for member in members) is (condition.kind == "any")
    return Trace(condition.kind, holds, members)


def subject_name(atom: Atom) -> str:
    """Return how the subject of an atom is called in a trace."""
    if isinstance(atom.subject, Field):
        return atom.subject.name
    return f"{atom.subject.kind}({atom.subject.entity})"


def _explain_atom(atom: Atom, facts: Mapping[str, Any], env: Env) -> Trace:
    operator = OPERATORS[atom.op]
    actual = _actual(atom, facts, env)
    return Trace(
        kind="atom",
        holds=evaluate(atom, facts, env),
        field=subject_name(atom),
        op=atom.op,
        expected=expected_of(atom, operator, env),
        actual=actual,
        note=_note(actual, operator),
        pointer=atom.pointer,
    )


def _note(actual: Any, operator: Operator) -> str:
    if operator.operand == "nothing":
        return ""
    if is_missing(actual):
        return "missing"
    kind = kind_of(actual)
    if kind == "text" and "date" in operator.kinds and as_date(actual):
        return ""
    return "" if kind in operator.kinds else "wrong_type"


def _actual(atom: Atom, facts: Mapping[str, Any], env: Env) -> Any:
    if isinstance(atom.subject, Field):
        return atom.subject.read(facts)
    return as_number(env.counts(atom.subject, facts)) if env.counts else None


def scope_of(atom: Atom, operator: Operator, env: Env) -> Scope:
    """Return what the test of an atom may know beside the two values it compares."""
    if operator.sees != "terms":
        return Scope(env.today)
    if atom.taxonomy:
        terms = env.taxonomies.get(atom.taxonomy)
        return Scope(env.today, (terms,) if terms is not None else ())
    return Scope(env.today, tuple(env.taxonomies.values()))


def expected_of(atom: Atom, operator: Operator, env: Env) -> Any:
    """Return what an atom compares with, ready for its test; None where its operand has no value."""
    value = resolve(atom.operand, env)
    if operator.operand in ("values", "codes") and is_sequence(value):
        return tuple(value)
    if operator.operand == "values" or is_sequence(value):
        return None
    if operator.operand == "days":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if operator.ordered and isinstance(value, str):
        return as_date(value)
    return value


def resolve(operand: Operand, env: Env) -> Any:
    """Return the value that an operand stands for."""
    if isinstance(operand, Value):
        return operand.value
    if isinstance(operand, Today):
        return shifted(env.today, operand.days, operand.months, operand.years)
    if operand.is_list and operand.name in env.lists:
        return env.lists[operand.name]
    return env.parameters.get(operand.name, env.lists.get(operand.name))


__all__ = [
    "Counts",
    "Env",
    "Parameter",
    "Terms",
    "evaluate",
    "expected_of",
    "explain",
    "resolve",
    "scope_of",
    "subject_name",
]
