"""A version of a parent as a merge sees it: its effective configuration, its locked paths and its moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core.errors import DefinitionError, msg
from portal.core.packs.moved import SECTION as MOVED
from portal.core.packs.moved import Move, moves_of
from portal.core.packs.origins import is_within
from portal.core.packs.questions import places_of, readers_of
from portal.core.packs.release import ChainLink
from portal.core.packs.resolve import Resolved, locked_paths
from portal.core.packs.source import exact_reference


@dataclass(frozen=True)
class Parent:
    """The effective configuration of a pack in one version, with what it locks and what it moved."""

    reference: str
    bundle: Mapping[str, Any]
    locked: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()

    @classmethod
    def of(cls, resolved: Resolved) -> Parent:
        """Return a resolved pack as a parent; DefinitionError where it has errors."""
        if resolved.errors:
            raise DefinitionError(
                "merge.broken",
                msg("%(pack)s has errors and can't be merged"),
                {"pack": resolved.pack},
                resolved.errors,
            )
        return cls(
            exact_reference(resolved.pack, resolved.manifest.version),
            {name: part for name, part in resolved.bundle.items() if name != MOVED},
            tuple(path for layer in resolved.chain for path in locked_paths(layer)),
            tuple(moves_of(resolved.bundle)),
        )

    def is_answer(self, path: str, value: Any) -> bool:
        """Tell whether a value at a place answers a question of this configuration that is still open there."""
        return path in self._asking and self._asking[path](value)

    def asks(self, paths: Iterable[str]) -> list[str]:
        """Return those of some places that answers to questions of this configuration fill."""
        places = places_of(self.bundle)
        return [path for path in paths if path in places]

    @cached_property
    def _asking(self) -> Mapping[str, Callable[[Any], bool]]:
        return readers_of(self.bundle)

    def lock_at(self, path: str) -> str | None:
        """Return the locked path that a place is or lies in."""
        return next((one for one in self.locked if is_within(path, one)), None)

    def locks_below(self, path: str) -> list[str]:
        """Return the locked paths below a place."""
        return [one for one in self.locked if one != path and is_within(one, path)]


def refuse_opaque(chain: Sequence[ChainLink], layers: Mapping[str, Any] | frozenset[str]) -> None:
    """Raise DefinitionError where a link of the adopted chain is opaque: its files are not here, so it is no base."""
    missing = [exact_reference(link.id, link.version) for link in chain if link.is_opaque(layers)]
    if missing:
        raise DefinitionError(
            "merge.opaque",
            msg("The files of %(packs)s are not here: choose the version that the county started from"),
            {"packs": ", ".join(missing)},
        )
