"""From a point of the space to an input that can be decided, and back to what is so there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from portal.core import pointer
from portal.core.rules.analysis.findings import Witness
from portal.core.rules.analysis.space import Box, Point, Situation
from portal.core.rules.inputs import Input
from portal.core.rules.rule_set import RuleSet
from portal.core.taxonomy import source_text


def witness(situation: Situation, point: Point, free: Collection[int] = ()) -> Witness:
    """Return the input at a point; the axes ``free`` stay empty where that is one of their regions."""
    seen: dict[str, Any] = {}
    for number, (axis, region) in enumerate(zip(situation.space.axes, point, strict=True)):
        value = None if number in free else axis.regions[region].value
        if value is not None:
            seen[axis.declared.name] = axis.declared.shown(value)
    facts, counts = record_of(rule_inputs(situation), seen)
    return Witness(facts, counts, situation.day, seen)


def rule_inputs(situation: Situation) -> dict[str, Input]:
    """Return the inputs that the rules compare."""
    return {axis.declared.name: axis.declared for axis in situation.space.axes}


def record_of(
    inputs: Mapping[str, Input], values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a record's data, and numbers of related records, of which inputs have these values."""
    facts: dict[str, Any] = {}
    counts: dict[str, Any] = {}
    for name, value in values.items():
        source = inputs[name].source
        if source is not None:
            facts = _placed(facts, source.parts, value)
        else:
            counts[name] = value
    return facts, counts


def unasked(situation: Situation, box: Box, within: Box) -> frozenset[int]:
    """Return the axes on which a box holds all that is within, the absence of a value too."""
    axes = enumerate(zip(situation.space.axes, box, within, strict=True))
    return frozenset(
        number
        for number, (axis, mask, all_of_it) in axes
        if mask & all_of_it == all_of_it
        and any(one.value is None and mask >> at & 1 for at, one in enumerate(axis.regions))
    )


def told(rule_set: RuleSet, values: Mapping[str, Any]) -> str:
    """Return the values of a witness as people read them."""
    said = []
    for name, value in values.items():
        declared = rule_set.inputs[name]
        tree = rule_set.taxonomies.get(declared.taxonomy) if declared.taxonomy else None
        one = tree.title(value) if tree is not None and isinstance(value, str) else value
        shown = "、".join(map(str, one)) if isinstance(one, list | tuple) else _shown(one)
        said.append(f"{source_text(declared.title)} {shown}")
    return "，".join(said)


def _shown(value: Any) -> str:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


def _placed(facts: dict[str, Any], parts: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return facts with a value at a place; a list goes over the rows of the place, an entry into each."""
    if pointer.EVERY not in parts:
        return dict(pointer.put(facts, pointer.join(parts), value))
    at = parts.index(pointer.EVERY)
    entries = value if isinstance(value, list | tuple) else [value]
    rows = list(pointer.get(facts, pointer.join(parts[:at]), []))
    rows += [{} for _ in range(len(entries) - len(rows))]
    for row, entry in enumerate(entries):
        rows[row] = _placed(rows[row], parts[at + 1 :], entry) if parts[at + 1 :] else entry
    return dict(pointer.put(facts, pointer.join(parts[:at]), rows))
