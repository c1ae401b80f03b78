"""A draft brought up to date: what it changed since it was begun, made anew over what came into force meanwhile.

The configuration is merged as a county's is with a new version of its parent (docs/merging.md); the sections of the
pack's own are merged entry by entry. Where both sides changed a place, what the draft says stays: a person sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts.commands import Change, put, same
from portal.core.drafts.draft import Draft
from portal.core.drafts.locks import broken
from portal.core.drafts.share import DIVISIONS, OWN_SECTIONS, PACK
from portal.core.drafts.wrong import MAX_PATH
from portal.core.packs.merge import ABSENT
from portal.core.packs.moved import Move, moves_in, moves_of
from portal.core.packs.origins import is_within
from portal.core.packs.resolve import locked_paths
from portal.core.packs.smallest import smallest_patch
from portal.core.packs.three_way import Moves, Parent, three_way

_ENTRY = "/="


@dataclass(frozen=True, slots=True)
class Renewed:
    """A draft over its new ground, the changes that it made of it, and the places that both sides changed.

    ``given_up`` are places at which the draft can't keep what it says, for they are locked above now; ``moves`` are
    those of the other side.
    """

    draft: Draft
    changes: tuple[Change, ...]
    both: tuple[str, ...]
    given_up: tuple[str, ...]
    moves: Moves

    def is_both(self, change: Change) -> bool:
        """Tell whether the other side changed the place of a change, too."""
        return any(is_within(change.path, one) or is_within(one, change.path) for one in self.both)


def renewed(begun: Draft, draft: Draft, now: Draft) -> Renewed:
    """Return a draft that was begun over ``begun`` as it goes on over ``now``, today's pack without changes."""
    # What the draft renamed is compared with what it was, under the name that it has now.
    renames = _renames(begun, draft, now)
    before, theirs = (replace(one, bundle=renames.applied(one.bundle)) for one in (_side(begun), _side(now)))
    patch = smallest_patch(before.bundle, draft.bundle)
    merged = three_way(before, theirs, {} if patch is ABSENT else patch)
    own, both = _own(begun.document, now.document, draft.document)
    open_ones = merged.undecided
    both += [_place(one.path) for one in open_ones]
    given_up = [_place(one.path) for one in open_ones if not _equal(one.value, one.ours)]
    changes = []
    for one in _changes(now.document, {**merged.bundle, **own}):
        if broken(now.locks, one.path, one.before, one.after) is None:
            changes.append(one)
        else:
            given_up.append(one.path)
    document: Any = now.document
    for change in changes:
        document = put(document, change)
    found = now.at(document, now.position + len(changes))
    both, given_up = list(dict.fromkeys(both)), list(dict.fromkeys(given_up))
    return Renewed(found, tuple(changes), tuple(both), tuple(given_up), merged.moves)


def _side(draft: Draft) -> Parent:
    """Return what a draft says as one side of a merge; only the packs above lock anything, not its own."""
    locked = (path for layer in draft.parent.chain for path in locked_paths(layer))
    return Parent(draft.pack, draft.bundle, tuple(locked), tuple(_moves(draft)))


def _moves(draft: Draft) -> Iterable[Move]:
    return [*moves_of(draft.parent.bundle), *moves_in(draft.document[PACK].get("moved", ()), draft.pack)]


def _renames(begun: Draft, draft: Draft, now: Draft) -> Moves:
    """Return the moves that a draft made itself of what is still there, to places that nobody else uses."""
    found = Moves.between(_moves(begun), _moves(draft), begun.bundle, now.bundle)
    there = [one for one in found.moves if pointers.get(now.bundle, one.source) is not None]
    return replace(found, moves=tuple(there))


def _place(path: str) -> str:
    """Return the place of a decision in a draft, where a list is the smallest place."""
    return path.split(_ENTRY)[0]


def _equal(one: Any, other: Any) -> bool:
    return one is other or (one is not ABSENT and other is not ABSENT and same(one, other))


def _own(
    base: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Merge the sections of the pack's own, entry by entry; return them, and the places that both changed."""
    found: dict[str, Any] = {}
    both: list[str] = []
    for section in OWN_SECTIONS:
        sides = [one.get(section) for one in (base, theirs, ours)]
        if section == DIVISIONS:
            value = _one(section, sides, both)
        else:
            value = _entries(section, [one or {} for one in sides], both)
        if value:
            found[section] = value
    return found, both


def _entries(section: str, sides: list[Mapping[str, Any]], both: list[str]) -> dict[str, Any]:
    base, theirs, ours = sides
    found = {}
    for name in dict.fromkeys([*theirs, *ours]):
        values = [one.get(name) for one in (base, theirs, ours)]
        if section == PACK and all(isinstance(one, list) or one is None for one in values):
            value: Any = _listed(*(one or [] for one in values)) or None
        else:
            value = _one(pointers.join([section, name]), values, both)
        if value is not None:
            found[name] = value
    return found


def _one(path: str, values: list[Any], both: list[str]) -> Any:
    base, theirs, ours = values
    if same(base, ours) or same(theirs, ours):
        return theirs
    if not same(base, theirs):
        both.append(path if path.startswith("/") else f"/{path}")
    return ours


def _listed(base: list[Any], theirs: list[Any], ours: list[Any]) -> list[Any]:
    """Merge a list of the manifest, such as moves and locked places, whose order says nothing."""
    kept = [one for one in theirs if one in ours or one not in base]
    return [*kept, *(one for one in ours if one not in base and one not in kept)]


def _changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Yield the changes that make one document of another; in maps each member, a list as a whole."""
    for name in dict.fromkeys([*before, *after]):
        here = pointers.join([name], path)
        old, new = before.get(name), after.get(name)
        if same(old, new):
            continue
        if _goes_below(old, new, here):
            yield from _changes(old, new, here)
        else:
            yield changed(here, old, new)


def changed(path: str, old: Any, new: Any) -> Change:
    """Return the change of a place from one value to another; None stands for nothing there."""
    return Change("add" if old is None else "remove" if new is None else "replace", path, old, new)


def _goes_below(old: Any, new: Any, path: str) -> bool:
    """Tell whether changes of the members say what becomes of a map; none says a null, or bears a longer path."""
    if not (isinstance(old, dict) and isinstance(new, dict) and old and new):
        return False
    nulls = [{name for name, value in one.items() if value is None} for one in (old, new)]
    names = (name for name in {**old, **new} if not same(old.get(name), new.get(name)))
    return nulls[0] == nulls[1] and all(len(pointers.join([name], path)) <= MAX_PATH for name in names)
