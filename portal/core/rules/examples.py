"""Run the examples that a rule set carries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.core import pointer
from portal.core.canonical import canonical
from portal.core.conditions.operand import short
from portal.core.errors import Problem, msg
from portal.core.rules.decision import Decision, merged, parted
from portal.core.rules.program import RuleEngine
from portal.core.rules.rule_set import RuleSet
from portal.core.values import as_date

# The rules that an example speaks of, by its place in the list; None: all.
Known = Sequence[Collection[str] | None]


def run_examples(
    rule_set: RuleSet,
    definition: Mapping[str, Any],
    file: str = "",
    engine: RuleEngine | None = None,
    known: Known = (),
) -> list[Problem]:
    """Return a problem for each example that does not come out as written.

    ``known`` are the rules of which each example speaks: those of its own pack and of the packs above that.
    """
    problems = []
    for index, example in enumerate(definition.get("examples", [])):
        where = pointer.join(["examples", index])
        today = as_date(example["today"])
        if today is None:
            params = {"value": example["today"]}
            message = msg("“%(value)s” is not a date such as 2026-05-04")
            problems.append(Problem("rules.date", message, params, file, where + "/today"))
            continue
        decision = rule_set.decide(example["facts"], today=today, counts=example.get("counts"), engine=engine)
        spoken_of = known[index] if index < len(known) else None
        for key, expected, found in differences(decision, example["expect"], spoken_of):
            name = example["name"]
            problems.append(
                Problem(
                    "rules.example",
                    msg(
                        "The example “%(name)s” comes out differently: expected %(expected)s, found %(found)s"
                    ),
                    {"name": short(name), "expected": short(expected), "found": short(found)},
                    file,
                    f"{where}/expect/{key}",
                    msg("correct the rules or the example"),
                )
            )
    return problems


def differences(
    decision: Decision, expect: Mapping[str, Any], known: Collection[str] | None = None
) -> list[tuple[str, str, str]]:
    """Return what differs between a decision and an expectation: part, expected, found; of the ``known`` rules only."""
    found = []
    if known is not None:
        own = tuple(rule for rule in decision.fired if rule.id in known)
        actions, ruled_out = parted(merged(own))
        decision = replace(decision, fired=own, actions=actions, ruled_out=ruled_out)
    fired = [rule.id for rule in decision.fired]
    if "fired" in expect and expect["fired"] != fired:
        found.append(("fired", " ".join(expect["fired"]), " ".join(fired)))
    for key, actions in (("proposals", decision.of("refer")), ("actions", decision.actions)):
        given = [{"do": action.do, **action.data} for action in actions]
        for wanted in expect.get(key, []):
            if not any(all(action.get(name) == value for name, value in wanted.items()) for action in given):
                found.append((key, canonical(wanted), canonical(given)))
        if expect.get(key) == [] and given:
            found.append((key, "[]", canonical(given)))
    return found
