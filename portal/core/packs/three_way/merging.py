"""The three-way merge: a county's layer on a new version of its parent, or on another parent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.packs.merge import IDLE, TouchKind, merge
from portal.core.packs.smallest import smallest_patch
from portal.core.packs.three_way.absent import ABSENT, same
from portal.core.packs.three_way.decision import Answer, Decision
from portal.core.packs.three_way.moving import Moves
from portal.core.packs.three_way.parent import Parent
from portal.core.packs.three_way.walk import At, Walk
from portal.core.packs.three_way.words import Pile
from portal.core.pointer import get


@dataclass(frozen=True)
class Merged:
    """What becomes of a county on a new parent: decisions, effective configuration and layer.

    ``stale`` are answers whose place or values are no longer those that they were given for.
    """

    decisions: tuple[Decision, ...]
    bundle: Mapping[str, Any]
    layer: Mapping[str, Any]
    moves: Moves
    stale: tuple[Answer, ...] = ()

    def pile(self, name: Pile) -> list[Decision]:
        """Return the decisions of one pile."""
        return [one for one in self.decisions if one.pile == name]

    @property
    def undecided(self) -> list[Decision]:
        """Return the conflicts that a person still has to decide."""
        return [one for one in self.decisions if one.is_open]

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is left to decide."""
        return not self.undecided


def three_way(
    base: Parent, theirs: Parent, ours: Mapping[str, Any], answers: Iterable[Answer] = ()
) -> Merged:
    """Merge a county's layer, made on ``base``, with ``theirs``: a later version, or another parent.

    Answers given before hold where the three values of their place are still the same; the last one to a place counts.
    InvalidInput where an answer would change what is locked, or holds a ``null`` in a map.
    """
    touched: dict[str, TouchKind] = {}

    def touch(kind: TouchKind, pointer: str) -> None:
        if touched.get(pointer) is None or kind not in IDLE:
            touched[pointer] = kind

    own = merge(dict(base.bundle), dict(ours), touch=touch)
    moves = Moves.between(base.moves, theirs.moves, base.bundle, own)
    before, now = moves.applied(base.bundle), moves.applied(own)
    given = {answer.path: answer for answer in answers}
    walk = Walk(theirs, moves, given)
    bundle = walk.value(At(), before, dict(theirs.bundle), now)
    _refuse_answers(walk)
    idle = {moves.now(pointer): kind for pointer, kind in touched.items()}
    decisions = [*_noted(walk.found, idle), *_redundant(walk.found, idle, (before, theirs.bundle, now))]
    heeded = {one.path for one in decisions if one.answered}
    return Merged(
        tuple(sorted(decisions, key=lambda one: one.path)),
        bundle,
        _layer(theirs, bundle),
        moves,
        tuple(answer for path, answer in given.items() if path not in heeded),
    )


def _layer(theirs: Parent, bundle: Any) -> dict[str, Any]:
    patch = smallest_patch(dict(theirs.bundle), bundle)
    return {} if patch is ABSENT else dict(patch)


def _noted(found: Iterable[Decision], idle: Mapping[str, TouchKind]) -> Iterator[Decision]:
    """Yield decisions; those that replace an override which said what the parent said are marked."""
    for one in found:
        if one.pile == "taken" and not one.note and idle.get(one.path) in IDLE:
            yield replace(one, note="was_none")
        else:
            yield one


def _redundant(
    found: Iterable[Decision], touched: Iterable[str], sides: tuple[Any, Any, Any]
) -> Iterator[Decision]:
    """Yield a decision for each part of the layer that no other one speaks of: it said what the parent says."""
    places: set[str] = set()
    paths = {one.path for one in found}
    for path in paths:
        while path:
            places.add(path)
            path = path.rpartition("/")[0]
    for pointer in touched:
        if pointer in places or _is_below(pointer, paths):
            continue
        base, theirs, ours = (get(side, pointer, ABSENT) for side in sides)
        note = "never_differed" if same(base, ours) else "alike"
        yield Decision(pointer, base, theirs, ours, "redundant", None, "theirs", theirs, note)


def _is_below(pointer: str, paths: set[str]) -> bool:
    while pointer:
        if pointer in paths:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


def _refuse_answers(walk: Walk) -> None:
    problems = []
    for one in walk.found:
        if not one.answered:
            continue
        if walk.is_locked(one.path, one.theirs, one.value):
            problems.append(
                Problem(
                    "merge.locked",
                    msg("%(path)s is locked by %(parent)s: only its value can be taken over"),
                    {"path": one.path, "parent": walk.theirs.reference},
                    pointer=one.path,
                    remedy=msg("Take the new value over, or ask for another setting in %(parent)s"),
                )
            )
        if one.action == "custom" and _has_null(one.value):
            problems.append(
                Problem(
                    "merge.null",
                    msg("The value for %(path)s holds null"),
                    {"path": one.path},
                    pointer=one.path,
                    remedy=msg("Leave the name out instead"),
                )
            )
    if problems:
        raise InvalidInput("merge.answers", msg("Some decisions can't be carried out"), {}, problems)


def _has_null(value: Any) -> bool:
    """Tell whether a value can't stand in a layer, where null removes; inside of lists it is a value."""
    return value is None or (isinstance(value, dict) and any(map(_has_null, value.values())))
