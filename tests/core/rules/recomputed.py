"""Past matters made up, and a plain recomputation of what other rules propose for them, condition by condition."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from portal.core.conditions import Condition, DivisionCodes, Env, evaluate
from portal.core.conditions.model import Atom
from portal.core.rules import Decision, RuleSet
from portal.core.rules.inputs import project
from portal.core.rules.past import Load, Matter, Tally

Json = dict[str, Any]
WAYS = ("R01", "R03", "R05")
PLACES = (
    {"department": "court"},
    {"department": "police"},
    {"window": "w1"},
    {"tier": "centre"},
    {"room": "m1"},
)


def with_ways(definition: Json, choose: random.Random) -> Json:
    """Return a rule set whose rules propose ways, rule some out, and begin periods."""
    for rule in definition["rules"].values():
        refer: Json = {"do": "refer", "route": choose.choice(WAYS), "to": dict(choose.choice(PLACES))}
        if choose.random() < 0.3:
            refer["deadline"] = choose.choice(["T01", "T02"])
        rule["then"] = [refer]
        if choose.random() < 0.1:
            rule["then"] = [{"do": "exclude", "route": choose.choice(WAYS)}]
        elif choose.random() < 0.2:
            rule["then"] = [{"do": "deadline", "deadline": choose.choice(["T02", "T03"])}]
    return definition


def kept_of(answer: Decision, day: date) -> tuple[Json, list[Json]]:
    """Return an answer and its proposals as they are stored."""
    kept = {
        "facts_used": dict(answer.facts_used),
        "ignored": list(answer.ignored),
        "day": day.isoformat(),
        "actions": [{"do": one.do, **one.data} for one in answer.actions if one.do != "refer"],
    }
    return kept, [
        {**one.data, "seat": {"kind": "window", "id": "w9", "department": None}} for one in answer.of("refer")
    ]


def matter_of(rules: RuleSet, uid: str, facts: Json, counts: Json, day: date) -> Matter:
    """Return a matter as a rule set decided it."""
    kept, proposals = kept_of(rules.decide(facts, today=day, counts=counts), day)
    return Matter(uid, {"then": kept}, proposals, facts)


@dataclass
class Plain:
    """The counts of a plain recomputation."""

    matters: int = 0
    elsewhere: int = 0
    unknown: int = 0
    ways: Counter[Any] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, tally: Tally) -> Plain:
        """Return the counts of a tally."""
        windows = Counter({name: pair[1] for name, pair in tally.loads("windows").items() if pair[1]})
        unknown = sum(tally.unknown.values())
        ways = Counter({way: number for way, number in tally.ways.items() if number})
        return cls(tally.matters, tally.elsewhere, unknown, ways, +tally.lost, +tally.gained, windows)


def seat_of(target: Any, day: date) -> Load:
    """Return who answers for a target: each at a window of its own name."""
    return Load(f"{target.kind} {target.name} {day.isoformat()}", "")


def recomputed(
    plain: Plain, old: RuleSet, new: RuleSet, case: tuple[Json, Json, date], fields: set[str]
) -> None:
    """Count one matter: what the older rules propose and what the newer ones do, each condition walked through."""
    facts, counts, day = case
    plain.matters += 1
    answered = {name: counts.get(asked) for name, asked in _same_counts(old, new).items()}
    values = project(new.inputs, facts, answered).values
    env = Env(day, taxonomies={**new.taxonomies, "unit": DivisionCodes()})
    unknown = {name for name in new.inputs if not _is_answered(name, old, new, fields)}
    holding = []
    for rule in new.rules:
        found = {True} if rule.condition is None else possible(rule.condition, values, env, unknown)
        if not rule.in_force(day):
            continue
        if found == {True, False}:
            plain.unknown += 1
            return
        if found == {True}:
            holding.append(rule)
    actions = [
        one.data | {"do": one.do}
        for rule in (holding[:1] if new.hit == "first" else holding)
        for one in rule.actions
    ]
    then = old.decide(facts, today=day, counts=counts)
    first, second = _way([one.data | {"do": one.do} for one in then.actions]), _way(actions)
    plain.ways[first, second] += 1
    plain.elsewhere += first != second
    before, after = (
        _periods([one.data | {"do": one.do} for one in then.actions]),
        _periods(_standing(actions)),
    )
    plain.lost.update(before - after)
    plain.gained.update(after - before)
    if second is not None:
        plain.after[f"{second[1]} {second[2]} {day.isoformat()}"] += 1


def possible(condition: Condition, values: Mapping[str, Any], env: Env, unknown: set[str]) -> set[bool]:
    """Return which verdicts a condition can have, whatever the unknown inputs are."""
    if isinstance(condition, Atom):
        name = getattr(condition.subject, "name", "")
        return {True, False} if name in unknown else {evaluate(condition, values, env)}
    members = [possible(one, values, env, unknown) for one in condition.members]
    whole = {"all": all, "any": any, "none": lambda verdicts: not any(verdicts)}[condition.kind]
    return {bool(whole(verdicts)) for verdicts in product(*members)}


def _is_answered(name: str, old: RuleSet, new: RuleSet, fields: set[str]) -> bool:
    asked = new.inputs[name]
    if asked.query is not None:
        return name in _same_counts(old, new)
    alike = (one for one in old.inputs.values() if one.source == asked.source and one.type == asked.type)
    return any(alike) or (asked.source is not None and asked.source.name in fields)


def _same_counts(old: RuleSet, new: RuleSet) -> dict[str, str]:
    asked = {name: one for name, one in old.inputs.items() if one.query is not None}
    return {
        name: known
        for name, one in new.inputs.items()
        for known, other in asked.items()
        if (one.query, one.type) == (other.query, other.type)
    }


def _standing(actions: list[Json]) -> list[Json]:
    out = {one["route"] for one in actions if one["do"] == "exclude"}
    return [one for one in actions if one["do"] != "refer" or one["route"] not in out]


def _way(actions: list[Json]) -> tuple[str, str, str] | None:
    for one in _standing(actions):
        if one["do"] == "refer":
            ((kind, name),) = one["to"].items()
            return one["route"], kind, name
    return None


def _periods(actions: list[Json]) -> set[str]:
    return {one["deadline"] for one in actions if one.get("deadline")}
