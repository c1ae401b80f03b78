"""Rule sets in their surroundings: they compile, their examples hold, what they name exists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.errors import Problem, msg
from portal.core.packs.check.causes import is_removed
from portal.core.packs.check.examples import changed_below, spoken_of
from portal.core.packs.check.naming import refer
from portal.core.packs.check.registry import Context, check, items
from portal.core.rules import Reference, check_rule_set
from portal.core.rules.references import references


@check
def rule_sets(context: Context) -> Iterator[Problem]:
    """Each rule set compiles, its examples come out as written, and what it names exists."""
    for key, definition in items(context.section("rules")):
        base = pointers.join(["rules", key])
        known = spoken_of(context.resolved, key)
        inputs = [definition, context.section("taxonomies"), [sorted(one) if one else None for one in known]]
        find = partial(check_rule_set, definition, taxonomies=context.taxonomies, examples=True, known=known)
        problems = context.memo.once("rules", inputs, find)
        for problem in context.relocate(problems, base):
            changed = changed_below(context.resolved, key, problem)
            yield problem if changed is None else replace(problem, cause=changed)
        if not any(problem.severity == "error" for problem in problems):
            yield from _references(context, key, definition)


def _references(context: Context, key: str, definition: Mapping[str, Any]) -> Iterator[Problem]:
    fields = _fields_of_users(context, key)
    stages = _stages_of_users(context, key)
    for reference in references(definition):
        where = pointers.join(["rules", key]) + reference.pointer
        if reference.kind == "field" and fields is not None and reference.id not in fields:
            yield _unknown(
                context, reference, where, msg("No entity type with these rules has the field %(target)s")
            )
            yield from _readers(context, key, definition, reference)
        elif reference.kind == "stage" and stages is not None and reference.id not in stages:
            yield _unknown(
                context, reference, where, msg("No lifecycle under these rules has the stage %(target)s")
            )
        else:
            yield from refer(context, reference.kind, reference.id, where)


def _unknown(context: Context, reference: Reference, where: str, message: str) -> Problem:
    return context.problem(
        f"rules.{reference.kind}", message, where, msg("Correct the name"), target=reference.id
    )


def _readers(
    context: Context, key: str, definition: Mapping[str, Any], reference: Reference
) -> Iterator[Problem]:
    """Yield each rule that reads an input whose field was removed: they come with the cause, not in a second round."""
    if not is_removed(context.resolved, reference.id):
        return
    name = pointers.split(reference.pointer)[1]
    for rule, body in items(definition.get("rules")):
        if f'"field":{json.dumps(name)}' in canonical(body.get("when")):
            yield context.problem(
                "rules.reads",
                msg("The rule reads %(target)s, which is not there any more"),
                pointers.join(["rules", key, "rules", rule, "when"]),
                msg("Take the condition out of the rule, or hide the rule"),
                target=reference.id,
            )


def users_of(context: Context, rule_set: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the entity types that decide by a rule set."""
    return [
        (key, form)
        for key, form in items(context.section("forms"))
        if isinstance(form.get("entity"), dict) and rule_set in (form["entity"].get("rules") or ())
    ]


def _fields_of_users(context: Context, rule_set: str) -> set[str] | None:
    """Return the fields of all entity types that use the rules; None when none does or a form is broken."""
    fields = [context.fields(form) for form, _ in users_of(context, rule_set)]
    readable = [known for known in fields if known is not None]
    return (
        {field for known in readable for field in known}
        if readable and len(readable) == len(fields)
        else None
    )


def _stages_of_users(context: Context, rule_set: str) -> set[str] | None:
    lifecycles = [form["entity"].get("lifecycle") for _, form in users_of(context, rule_set)]
    known = [context.section("lifecycles").get(str(name)) for name in lifecycles]
    stages = {
        stage for lifecycle in known if isinstance(lifecycle, dict) for stage in lifecycle.get("stages", {})
    }
    return stages or None


@check
def idle_rules(context: Context) -> Iterator[Problem]:
    """Some entity type decides by each rule set."""
    for key, _ in items(context.section("rules")):
        if not users_of(context, key):
            yield context.problem(
                "rules.idle",
                msg("No entity type uses the rule set %(rules)s"),
                pointers.join(["rules", key]),
                msg("Name it in the entity part of a form"),
                severity="warning",
                rules=key,
            )
