"""Layers: one pack's files, read into the shape of a bundle."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal.core import strict_json
from portal.core.canonical import digest
from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.packs.source import PackLibrary, PackSource
from portal.core.text import Text


@dataclass(frozen=True)
class Manifest:
    """What a pack says of itself in ``pack.json``."""

    id: str
    version: str = "0.0.0"
    title: Text = ""
    extends: str | None = None
    unit: str | None = None
    final: tuple[str, ...] = ()

    @classmethod
    def from_definition(cls, pack_id: str, raw: Any) -> Manifest:
        """Build a manifest from whatever ``pack.json`` holds; the schema check reports what does not fit."""
        entries = raw if isinstance(raw, dict) else {}

        def text_of(key: str) -> str | None:
            value = entries.get(key)
            return value if isinstance(value, str) and value else None

        final = entries.get("final")
        return cls(
            id=pack_id,
            version=text_of("version") or "0.0.0",
            title=entries.get("title") or pack_id,
            extends=text_of("extends"),
            unit=text_of("unit"),
            final=tuple(item for item in final if isinstance(item, str)) if isinstance(final, list) else (),
        )


@dataclass(frozen=True)
class PackFile:
    """One JSON file of a pack, read."""

    path: str
    place: formats.Place
    value: Any


@dataclass(frozen=True)
class Layer:
    """One pack, read: its manifest, its share of the bundle (a patch), its stories and divisions."""

    id: str
    manifest: Manifest
    content: Mapping[str, Any]
    files: Mapping[str, PackFile]
    stories: Mapping[str, Any] = field(default_factory=dict)
    divisions: bytes | None = None
    problems: tuple[Problem, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Return the digest of what this pack contributes."""
        identity = {"id": self.id, "version": self.manifest.version, "extends": self.manifest.extends or ""}
        return digest([identity, sorted(self.manifest.final), self.content])


def load_layer(source: PackSource) -> Layer:
    """Read the files of a pack, collecting every problem; what can't be read is left out."""
    problems = list(source.problems)
    files: dict[str, PackFile] = {}
    divisions = None
    for path, content in sorted(source.files.items()):
        folder, inner = _split(source.id, path)
        if (folder, inner) == ("seed", formats.DIVISIONS):
            divisions = content
            continue
        place = formats.identify(folder, inner)
        if place is None:
            problems.append(_unknown_file(folder, inner, path))
            continue
        value, faults = strict_json.loads(content, file=path)
        problems.extend(faults)
        if not any(fault.code != "json.duplicate_key" for fault in faults):
            files[path] = PackFile(path, place, value)
    manifest_file = files.get(f"seed/{source.id}/{formats.MANIFEST}")
    return Layer(
        id=source.id,
        manifest=Manifest.from_definition(source.id, manifest_file.value if manifest_file else None),
        content=_content(files.values()),
        files=files,
        stories={
            file.place.key: file.value for file in files.values() if file.place.format.schema == "story"
        },
        divisions=divisions,
        problems=tuple(problems),
    )


def _split(pack_id: str, path: str) -> tuple[str, str]:
    folder, _, rest = path.partition("/")
    return folder, rest.removeprefix(f"{pack_id}/")


def _content(files: Iterable[PackFile]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for file in files:
        section, key = file.place.format.section, file.place.key
        if section and key:
            content.setdefault(section, {})[key] = file.value
        elif section:
            content[section] = file.value
    return content


def _unknown_file(folder: str, inner: str, path: str) -> Problem:
    known = [fmt.place for fmt in formats.FORMATS if fmt.folder == folder]
    close = difflib.get_close_matches(inner, known, n=1)
    return Problem(
        "pack.unknown_file",
        msg("No format knows the file %(name)s"),
        {"name": inner, "known": ", ".join(close or known)},
        path,
        remedy=msg("Remove it, or name it like one of: %(known)s"),
    )


@dataclass
class Layers:
    """The layers of a library, each read once."""

    library: PackLibrary
    _read: dict[str, Layer | None] = field(default_factory=dict)

    def get(self, pack_id: str) -> Layer | None:
        """Return the layer of a pack, or None when the library has no such pack."""
        if pack_id not in self._read:
            source = self.library.source(pack_id)
            self._read[pack_id] = None if source is None else load_layer(source)
        return self._read[pack_id]

    def chain(self, pack_id: str) -> tuple[list[Layer], list[Problem]]:
        """Return the layers from the foundation down to ``pack_id``, and what is wrong with the line."""
        found: list[Layer] = []
        wanted: str | None = pack_id
        while wanted is not None:
            below = found[-1].id if found else None
            if any(layer.id == wanted for layer in found):
                line = " -> ".join([*(layer.id for layer in found), wanted])
                return found[::-1], [_circle(below, line)]
            layer = self.get(wanted)
            if layer is None:
                return found[::-1], [_missing_pack(wanted, below, self.library)]
            found.append(layer)
            wanted = layer.manifest.extends
        return found[::-1], []


def _circle(below: str | None, line: str) -> Problem:
    return Problem(
        "pack.loop",
        msg("The packs extend one another in a circle: %(line)s"),
        {"line": line},
        f"seed/{below}/{formats.MANIFEST}",
        "/extends",
        msg("Let one of them extend nothing"),
    )


def _missing_pack(wanted: str, below: str | None, library: PackLibrary) -> Problem:
    known = library.ids()
    close = difflib.get_close_matches(wanted, known, n=1) or known
    params = {"pack": wanted, "known": ", ".join(close)}
    if below is None:
        return Problem(
            "pack.unknown", msg("There is no pack %(pack)s"), params, remedy=msg("Known packs: %(known)s")
        )
    return Problem(
        "pack.unknown_parent",
        msg("The pack %(pack)s, which this pack extends, does not exist"),
        params,
        f"seed/{below}/{formats.MANIFEST}",
        "/extends",
        msg("Known packs: %(known)s"),
    )
