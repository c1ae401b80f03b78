"""Faults of a configuration in the words of its pages: what schemas say of keys and types, by the names of controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from portal.core import pointer as pointers
from portal.core.editors import words
from portal.core.editors.converting import whole
from portal.core.editors.places import area_shape
from portal.core.editors.shapes import Shape
from portal.core.errors import Problem, Words, msg

MISSING = msg("“%(name)s” is still to be filled in")
_UNFIT = msg("“%(name)s” can't be like this: %(found)s")
_FEW = msg("“%(name)s” needs at least one entry")
_MESSAGES: Mapping[str, str] = {
    "schema.missing_key": MISSING,
    "schema.minLength": MISSING,
    "schema.minItems": _FEW,
    "schema.minProperties": _FEW,
    **dict.fromkeys(
        (f"schema.{one}" for one in ("type", "enum", "const", "pattern", "format", "anyOf", "oneOf")), _UNFIT
    ),
    "schema.unknown_key": msg("There is a setting that the portal does not know: %(key)s"),
}
REMEDIES: Mapping[str, str] = {
    "lifecycle.initial": msg("Say of one stage that matters start there"),
    "lifecycle.final": msg("Say of one stage that matters end there"),
    "lifecycle.unreachable": msg("Let a step lead to it, or put it out of use"),
    "lifecycle.dead_end": msg("Let a step lead on from it"),
    "lifecycle.referral": msg("Let handing over perform a step from here, or say that the matter stays"),
    "lifecycle.parallel": msg("Choose one of the main stages"),
    "lifecycle.lane": msg("Choose a stage that runs beside the main line"),
    "schema.unknown_key": msg("Take it out"),
}


def plain(problem: Problem) -> Problem:
    """Return a fault in the words of pages; one that has plain words already stays as it is."""
    remedy = REMEDIES.get(problem.code)
    message = _MESSAGES.get(problem.code)
    if message is None:
        return replace(problem, remedy=remedy) if remedy else problem
    key = problem.params.get("key", "") if problem.code == "schema.missing_key" else ""
    where = pointers.join([str(key)], problem.pointer) if key else problem.pointer
    name = label_at(where)
    if not name:
        return problem
    params = {**problem.params, "name": Words(name)}
    return replace(problem, message=message, params=params, pointer=where, remedy=remedy or "")


def label_at(pointer: str) -> str:
    """Return the message id of what a place of a bundle is called on its page; empty where no page shows it."""
    section, *rest = pointers.split(pointer) or [""]
    shape = area_shape(section)
    for part in rest:
        shape = _inside(shape, part) if shape is not None else None
    return words.label(shape.path) if shape is not None and words.has_label(shape.path) else ""


def _inside(shape: Shape, part: str) -> Shape | None:
    """Return the shape of a part of what a shape describes."""
    shape = whole(shape)
    if shape.kind in ("map", "list"):
        return shape.item
    if shape.kind == "union":
        found = (_inside(one.shape, part) for one in shape.alternatives)
        return next((one for one in found if one is not None), None)
    return shape.member(part)
