"""Examples of rule sets: each speaks of the rules of its own pack and of the packs above that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.packs import formats
from portal.core.packs.merge import merge
from portal.core.packs.resolve import Resolved
from portal.core.rules import compile_rule_set
from portal.core.taxonomy import taxonomies
from portal.core.values import as_date


def spoken_of(resolved: Resolved, key: str) -> list[frozenset[str] | None]:
    """Return, for each example of a rule set, the rules of the packs down to the one that brought it.

    None, all rules, where that is the lowest pack. A broad rule of a lower pack is no mistake of those above.
    """
    seen: dict[str, frozenset[str] | None] = {}
    for depth, definition in enumerate(_grown(resolved, key)):
        rules = frozenset(_map(definition.get("rules")))
        lowest = depth == len(resolved.chain) - 1
        for example in _examples(definition):
            seen.setdefault(canonical(example), None if lowest else rules)
    final = pointers.get(resolved.bundle, pointers.join(["rules", key]), {})
    return [seen.get(canonical(example)) for example in _examples(final)]


def changed_below(resolved: Resolved, key: str, problem: Problem) -> Problem | None:
    """Return the change of a lower pack that lets an example of a pack above come out differently."""
    if problem.code != "rules.example":
        return None
    owner = next((layer.id for layer in resolved.chain if f"/{layer.id}/" in problem.file), "")
    order = [layer.id for layer in resolved.chain]
    if owner not in order:
        return None
    named = set(str(problem.params.get("expected", "")).split()) ^ set(
        str(problem.params.get("found", "")).split()
    )
    changes = [
        (layer.id, part, name)
        for layer in resolved.chain[order.index(owner) + 1 :]
        for part in ("rules", "parameters", "lists", "inputs")
        for name in _map(pointers.get(layer.content, pointers.join(["rules", key, part]), {}))
        if any(
            name in _map(definition.get(part))
            for definition in _grown(resolved, key)[: order.index(owner) + 1]
        )
    ]
    if not changes:
        return None
    pack, part, name = next((change for change in changes if change[2] in named), changes[0])
    file, inner = formats.locate(pack, pointers.join(["rules", key, part, name])) or ("", "")
    return Problem(
        "rules.changed",
        msg("This changes what a pack above says, and examples of that pack come out differently"),
        {"pack": pack},
        file,
        inner,
        msg('Undo the change, or replace the examples: "examples": {"$remove": [name], "$add": […]}'),
    )


def more_fired(resolved: Resolved) -> Iterator[Problem]:
    """Yield a note for each example of a pack above in which rules of lower packs fire as well."""
    for key, definition in _map(resolved.bundle.get("rules")).items():
        known = spoken_of(resolved, key)
        try:
            rule_set = compile_rule_set(definition, taxonomies=taxonomies(resolved.bundle), trusted=True)
        except DefinitionError:
            continue
        for index, example in enumerate(_examples(definition)):
            today, own = as_date(example.get("today")), known[index]
            if today is None or own is None:
                continue
            fired = rule_set.decide(example["facts"], today=today, counts=example.get("counts")).fired
            more = [rule.id for rule in fired if rule.id not in own]
            if more:
                where = pointers.join(["rules", key, "examples", index])
                file, inner = resolved.place(where)
                yield Problem(
                    "rules.example_more",
                    msg("In the example “%(name)s” rules of lower packs fire as well: %(more)s"),
                    {"name": example["name"], "more": ", ".join(more), "pack": resolved.pack},
                    file,
                    inner,
                    severity="note",
                )


def _grown(resolved: Resolved, key: str) -> list[Mapping[str, Any]]:
    """Return a rule set as it stands after each pack of the chain."""
    found: list[Mapping[str, Any]] = []
    definition: Any = {}
    where = pointers.join(["rules", key])
    for layer in resolved.chain:
        patch = pointers.get(layer.content, where, None)
        if patch is not None:
            definition = merge(definition, patch, at=where)
        found.append(definition if isinstance(definition, dict) else {})
    return found


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _examples(definition: Any) -> list[Any]:
    listed = _map(definition).get("examples")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
