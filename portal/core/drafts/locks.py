"""Locks: places that a pack above keeps to itself, with who locked them and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.packs.layer import Layer
from portal.core.packs.origins import is_within
from portal.core.packs.places import said
from portal.core.packs.resolve import locked_paths


@dataclass(frozen=True, slots=True)
class Lock:
    """A locked place: the pack that locked it, by name, and the reason that the pack gives there, if it does."""

    pointer: str
    pack: str
    title: str
    why: str = ""


def locks_in(chain: Iterable[Layer], bundle: Any) -> tuple[Lock, ...]:
    """Return the places that the packs of a chain lock for those below them."""
    return tuple(
        Lock(where, layer.id, said(layer.manifest.title, layer.id), _why(pointers.get(bundle, where)))
        for layer in chain
        for where in locked_paths(layer)
    )


def lock_at(locks: Iterable[Lock], path: str) -> Lock | None:
    """Return the lock under which a place lies, if any."""
    return next((lock for lock in locks if is_within(path, lock.pointer)), None)


def broken(locks: Iterable[Lock], path: str, before: Any, after: Any) -> Lock | None:
    """Return the lock that a change at a path breaks: from inside, or by taking away what is locked below it."""
    for lock in locks:
        if is_within(path, lock.pointer):
            return lock
        if is_within(lock.pointer, path):
            inner = lock.pointer.removeprefix(path)
            if pointers.get(before, inner) != pointers.get(after, inner):
                return lock
    return None


def _why(thing: Any) -> str:
    if not isinstance(thing, dict):
        return ""
    return next((text for name in ("source", "basis", "note") if (text := said(thing.get(name)))), "")
