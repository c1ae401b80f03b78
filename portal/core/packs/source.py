"""What the core sees of pack files: their bytes by path, however they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from portal.core import strict_json
from portal.core.canonical import canonical
from portal.core.errors import Problem
from portal.core.packs import formats

NO_VERSION = "0.0.0"


@dataclass(frozen=True)
class PackSource:
    """The raw files of one pack, ``<folder>/<pack>/<path>`` -> content, and what was refused in reading.

    ``parent`` is the exact pack that it extends (``city/kunming@1.0.0``) where the library knows it, as a store
    does; None leaves it to ``pack.json`` and the library.
    """

    id: str
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    root: str = field(default="", compare=False)
    parent: str | None = None


class PackLibrary(Protocol):
    """Something that holds packs, such as folders on a disk or tables of a database."""

    def ids(self) -> list[str]:
        """Return the identifiers of all packs, parents' names first."""

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Return the files of a pack in one version, by default the newest; None when it is not here."""

    def problems(self) -> list[Problem]:
        """Return what is wrong with the library itself, such as files that belong to no pack."""


@dataclass
class MemoryLibrary:
    """A library in memory: for tests and for packages that were uploaded."""

    packs: Mapping[str, Mapping[str, str | bytes]]

    def ids(self) -> list[str]:
        """Return the identifiers of all packs."""
        return sorted(self.packs)

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Return the files of a pack; None when it is not here in the wanted version."""
        files = self.packs.get(pack_id)
        if files is None:
            return None
        content = {path: value.encode() if isinstance(value, str) else value for path, value in files.items()}
        return PackSource(pack_id, content) if fits(content, pack_id, version) else None

    def problems(self) -> list[Problem]:
        """Return nothing: a library in memory holds nothing but packs."""
        return []


def manifest_path(pack_id: str) -> str:
    """Return the path of a pack's manifest."""
    return f"seed/{pack_id}/{formats.MANIFEST}"


def manifest_value(files: Mapping[str, bytes], pack_id: str) -> Any:
    """Return the value of ``pack.json``; None when it can't be read."""
    content = files.get(manifest_path(pack_id))
    return None if content is None else strict_json.loads(content)[0]


def version_of(files: Mapping[str, bytes], pack_id: str) -> str:
    """Return the version that ``pack.json`` gives; 0.0.0 without one."""
    manifest = manifest_value(files, pack_id)
    version = manifest.get("version") if isinstance(manifest, dict) else None
    return version if isinstance(version, str) and version else NO_VERSION


def fits(files: Mapping[str, bytes], pack_id: str, version: str | None) -> bool:
    """Tell whether the files of a pack are those of a wanted version; None wants any."""
    return version is None or version_of(files, pack_id) == version


def split_reference(reference: str) -> tuple[str, str | None]:
    """Return the pack and the version that ``city/kunming@1.0.0`` or ``city/kunming`` names."""
    pack, _, version = reference.partition("@")
    return pack, version or None


def exact_reference(pack_id: str, version: str) -> str:
    """Return the exact name of a pack in one version."""
    return f"{pack_id}@{version}"


def canonical_content(path: str, content: bytes) -> bytes:
    """Return the bytes that a file is compared, digested and stored by: canonical JSON, or the bytes themselves.

    A JSON file that is not clean stays as it is: two readers could see different values in it.
    """
    if not path.endswith(".json"):
        return content
    value, problems = strict_json.loads(content)
    return content if problems else canonical(value).encode()
