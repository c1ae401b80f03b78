"""Moves applied before a merge: a thing that lies elsewhere now is compared with what it was, not with nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.packs.moved import Move, follow
from portal.core.packs.origins import is_within
from portal.core.packs.three_way.absent import ABSENT, same


@dataclass(frozen=True)
class Moves:
    """The moves that a new version brings and that can be applied, and the targets where a county has its own."""

    moves: tuple[Move, ...]
    contested: frozenset[str] = frozenset()

    @classmethod
    def between(
        cls, known: Iterable[Move], now: Iterable[Move], base: Mapping[str, Any], ours: Mapping[str, Any]
    ) -> Moves:
        """Return the moves of a new version that the adopted one did not have.

        A move to a place that the adopted version or the county uses is left out, for it would mix two things.
        """
        seen = {(move.source, move.target, move.pack) for move in known}
        new = [move for move in now if (move.source, move.target, move.pack) not in seen]
        usable, contested = [], set()
        for move in new:
            target = follow(move.source, new)
            own, adopted = (_thing(one, target) for one in (ours, base))
            if own is ABSENT and adopted is ABSENT:
                usable.append(move)
            elif own is not ABSENT and not same(own, adopted):
                contested.add(target)
        return cls(tuple(usable), frozenset(contested))

    def now(self, pointer: str) -> str:
        """Return where the thing at a pointer of the adopted version lies now."""
        return follow(pointer, self.moves)

    def before(self, pointer: str) -> str:
        """Return where the thing at a pointer lay in the adopted version; empty where it did not move."""
        for move in self.moves:
            target = follow(move.source, self.moves)
            if is_within(pointer, target):
                return move.source + pointer.removeprefix(target)
        return ""

    def applied(self, bundle: Mapping[str, Any]) -> dict[str, Any]:
        """Return a configuration with everything at its present place."""
        result: dict[str, Any] = dict(bundle)
        sources = [move.source for move in self.moves]
        for source in sources:
            if any(one != source and is_within(source, one) for one in sources):
                continue  # what lies around it takes it along
            thing = _thing(bundle, source)
            if thing is ABSENT:
                continue
            result = pointers.without(result, source)
            for path, value in _parts(thing, source):
                result = pointers.put(result, self.now(path), value)
        return result


def _thing(bundle: Any, pointer: str) -> Any:
    """Return what lies at a pointer of names; ABSENT where nothing does, or a list stands on the way to it.

    Names of maps may be digits: a list that a county wrote in the place of a map has no such member.
    """
    for name in pointers.split(pointer):
        if not isinstance(bundle, Mapping) or name not in bundle:
            return ABSENT
        bundle = bundle[name]
    return bundle


def _parts(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    """Yield the single values of a thing with their pointers; an empty map is one."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _parts(member, f"{at}/{pointers.escape(name)}")
    else:
        yield at, value
