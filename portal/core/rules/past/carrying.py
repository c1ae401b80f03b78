"""Which inputs of rules are answered by what older rules kept: those that read the same, in the same kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from portal.core.conditions import CountQuery
from portal.core.conditions.model import Field, atoms
from portal.core.kinds import KINDS
from portal.core.rules.inputs import Input, reader
from portal.core.rules.rule_set import RuleSet

Why = Literal["field", "count"]


@dataclass(frozen=True, slots=True)
class Carried:
    """How rules read what older rules kept: (input, rule set, its input there, reader of the value).

    ``entered`` are inputs to be read from what was entered then; ``unknown`` are those that nobody can answer.
    """

    kept: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = ()
    entered: tuple[Input, ...] = ()
    unknown: Mapping[str, Why] = field(default_factory=dict)


def asked_by(rules: RuleSet) -> frozenset[str]:
    """Return the inputs that some condition of the rules reads: of others nothing depends."""
    read = (
        atom.subject.name
        for rule in rules.rules
        if rule.condition is not None
        for atom in atoms(rule.condition)
        if isinstance(atom.subject, Field)
    )
    return frozenset(read)


def carried(
    rules: RuleSet, older: Sequence[tuple[str, Mapping[str, Input]]], fields: Collection[str]
) -> Carried:
    """Return how rules read what sets of older rules kept, each with its inputs by name.

    ``fields`` are the pointers of the form by which a matter was entered: what it had can be read
    from what was entered.
    """
    held: dict[tuple[Any, ...], tuple[str, str]] = {}
    for rules_id, inputs in older:
        for name, declared in inputs.items():
            held.setdefault(_what(declared), (rules_id, name))
    wanted = asked_by(rules)
    kept, entered, unknown = [], [], {}
    for name, declared in rules.inputs.items():
        if name not in wanted:
            continue
        found = held.get(_what(declared))
        if found is not None:
            kept.append((name, *found, reader(declared.type)))
        elif declared.source is not None and declared.source.name in fields:
            entered.append(declared)
        else:
            why: Why = "field" if declared.source is not None else "count"
            unknown[name] = why
    return Carried(tuple(kept), tuple(entered), unknown)


def _what(declared: Input) -> tuple[Any, ...]:
    """Return what an input reads and in which way, whatever it is called."""
    asked: Field | CountQuery | None = declared.source or declared.query
    kind = KINDS[declared.type]
    return _fixed(asked), kind.read, kind.scale


def _fixed(asked: Field | CountQuery | None) -> Any:
    if not isinstance(asked, CountQuery):
        return asked
    match = tuple(sorted(asked.match.items()))
    return asked.kind, asked.entity, match, asked.within_days, asked.of, asked.where
