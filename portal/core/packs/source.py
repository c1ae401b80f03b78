"""What the core sees of pack files: texts by path, however they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from portal.core.errors import Problem


@dataclass(frozen=True)
class PackSource:
    """The raw files of one pack, ``<folder>/<pack>/<path>`` -> content, and what was refused in reading."""

    id: str
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    root: str = field(default="", compare=False)


class PackLibrary(Protocol):
    """Something that holds packs, such as folders on a disk."""

    def ids(self) -> list[str]:
        """Return the identifiers of all packs, parents' names first."""

    def source(self, pack_id: str) -> PackSource | None:
        """Return the files of a pack, or None when there is no such pack."""

    def problems(self) -> list[Problem]:
        """Return what is wrong with the library itself, such as files that belong to no pack."""


@dataclass
class MemoryLibrary:
    """A library of texts in memory: for tests and for packages that were uploaded."""

    packs: Mapping[str, Mapping[str, str]]

    def ids(self) -> list[str]:
        """Return the identifiers of all packs."""
        return sorted(self.packs)

    def source(self, pack_id: str) -> PackSource | None:
        """Return the files of a pack."""
        files = self.packs.get(pack_id)
        return (
            None
            if files is None
            else PackSource(pack_id, {path: text.encode() for path, text in files.items()})
        )

    def problems(self) -> list[Problem]:
        """Return nothing: a library in memory holds nothing but packs."""
        return []
