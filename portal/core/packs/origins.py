"""Origins: which pack set what in a resolved bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def is_within(pointer: str, scope: str) -> bool:
    """Tell whether ``pointer`` is ``scope`` or lies below it."""
    return pointer == scope or pointer.startswith(scope + "/")


@dataclass
class Origins:
    """Pointer -> pack that last set it, and pointer -> pack that removed it."""

    _set_by: dict[str, str] = field(default_factory=dict)
    _removed_by: dict[str, str] = field(default_factory=dict)

    def record_set(self, pointer: str, pack: str) -> None:
        """Note that ``pack`` set the value at ``pointer``."""
        self._set_by[pointer] = pack
        self._removed_by.pop(pointer, None)

    def record_removal(self, pointer: str, pack: str) -> None:
        """Note that ``pack`` removed ``pointer`` and everything below it."""
        for below in [one for one in self._set_by if one.startswith(pointer) and is_within(one, pointer)]:
            del self._set_by[below]
        self._removed_by[pointer] = pack

    def pack_of(self, pointer: str) -> str | None:
        """Return the pack that set ``pointer`` or the nearest thing above it; None for the bundle itself."""
        return _nearest(self._set_by, pointer)

    def removals(self) -> list[tuple[str, str]]:
        """Return each pointer that a pack removed, with the pack."""
        return list(self._removed_by.items())

    def removed_by(self, pointer: str) -> str | None:
        """Return the pack that removed ``pointer`` or something above it, if one did."""
        return _nearest(self._removed_by, pointer)


def _nearest(packs: Mapping[str, str], pointer: str) -> str | None:
    while pointer:
        if pointer in packs:
            return packs[pointer]
        pointer = pointer.rpartition("/")[0]
    return None
