"""Layers: one pack's files, read into the shape of a bundle."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from portal.core import strict_json
from portal.core.canonical import digest
from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.packs.assets import check_asset
from portal.core.packs.format_steps import CURRENT, upgrade, upgrade_pointer
from portal.core.packs.source import (
    NO_VERSION,
    PackSource,
    canonical_content,
    exact_reference,
    manifest_path,
    split_reference,
)
from portal.core.text import Text


@dataclass(frozen=True)
class Manifest:
    """What a pack says of itself in ``pack.json``; ``extends`` names a pack, ``extends_version`` its version."""

    id: str
    version: str = NO_VERSION
    title: Text = ""
    extends: str | None = None
    unit: str | None = None
    final: tuple[str, ...] = ()
    extends_version: str | None = None
    format: int = 1
    moved: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_definition(cls, pack_id: str, raw: Any) -> Manifest:
        """Build a manifest from any value of ``pack.json``; the schema check reports what does not fit."""
        entries = raw if isinstance(raw, dict) else {}

        def text_of(key: str) -> str | None:
            value = entries.get(key)
            return value if isinstance(value, str) and value else None

        def list_of(key: str, kind: type) -> tuple[Any, ...]:
            value = entries.get(key)
            return tuple(item for item in value if isinstance(item, kind)) if isinstance(value, list) else ()

        parent, parent_version = split_reference(text_of("extends") or "")
        number = entries.get("format")
        return cls(
            id=pack_id,
            version=text_of("version") or NO_VERSION,
            title=entries.get("title") or pack_id,
            extends=parent or None,
            unit=text_of("unit"),
            final=list_of("final", str),
            extends_version=parent_version,
            format=number if type(number) is int and number > 0 else 1,
            moved=list_of("moved", dict),
        )


@dataclass(frozen=True)
class PackFile:
    """One JSON file of a pack: its value in the current format, and as it was read."""

    path: str
    place: formats.FilePlace
    value: Any
    read: Any


@dataclass(frozen=True)
class Layer:
    """One pack, read: its manifest, its share of the bundle (a patch), its stories, divisions and assets."""

    id: str
    manifest: Manifest
    content: Mapping[str, Any]
    files: Mapping[str, PackFile]
    stories: Mapping[str, Any] = field(default_factory=dict)
    divisions: bytes | None = None
    problems: tuple[Problem, ...] = ()
    assets: Mapping[str, bytes] = field(default_factory=dict)
    parent_ref: str | None = None
    raw: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def format(self) -> int:
        """Return the number of the format that the files are written in; ``content`` is in the current one."""
        return self.manifest.format

    @property
    def reference(self) -> str:
        """Return the layer's exact name, such as ``county/xishan@1.0.0``."""
        return exact_reference(self.id, self.manifest.version)

    @cached_property
    def file_digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file by path: of its canonical JSON, or of its bytes."""
        return {
            path: hashlib.sha256(canonical_content(path, content)).hexdigest()
            for path, content in self.raw.items()
        }

    @cached_property
    def digest(self) -> str:
        """Return the digest over identifier, version, exact parent and all files, as they were read."""
        identity = {"id": self.id, "version": self.manifest.version, "parent": self.parent_ref or ""}
        return digest([identity, self.file_digests])


def load_layer(source: PackSource, parent_ref: str | None = None) -> Layer:
    """Read the files of a pack, collecting every problem; what can't be read is left out."""
    read = _read(source)
    manifest_file = read.files.get(manifest_path(source.id))
    manifest = Manifest.from_definition(source.id, manifest_file.value if manifest_file else None)
    files, patch = read.files, _content(read.files.values())
    if manifest_file and isinstance(manifest_file.value, dict) and "format" not in manifest_file.value:
        read.problems.extend(_no_format(manifest_file, patch))
    if manifest.format < CURRENT:
        patch = upgrade(patch, manifest.format)
        final = tuple(upgrade_pointer(where, manifest.format) for where in manifest.final)
        manifest = replace(manifest, final=final)
        files = {path: _upgraded(file, patch) for path, file in files.items()}
    return Layer(
        id=source.id,
        manifest=manifest,
        content=patch,
        files=files,
        stories={
            file.place.key: file.value for file in files.values() if file.place.format.schema == "story"
        },
        divisions=read.divisions,
        problems=(*source.problems, *read.problems),
        assets=read.assets,
        parent_ref=parent_ref or source.parent,
        raw=source.files,
    )


@dataclass
class _Read:
    """The files of a source by what they are, before any upgrade."""

    files: dict[str, PackFile] = field(default_factory=dict)
    assets: dict[str, bytes] = field(default_factory=dict)
    divisions: bytes | None = None
    problems: list[Problem] = field(default_factory=list)


def _read(source: PackSource) -> _Read:
    read = _Read()
    for path, content in sorted(source.files.items()):
        folder, inner = _split(source.id, path)
        if (folder, inner) == ("seed", formats.DIVISIONS):
            read.divisions = content
        elif asset := formats.asset_name(folder, inner):
            read.assets[asset] = content
            read.problems.extend(check_asset(asset, content, path))
        elif (place := formats.identify(folder, inner)) is None:
            read.problems.append(_unknown_file(folder, inner, path))
        else:
            value, faults = strict_json.loads(content, file=path)
            read.problems.extend(faults)
            if not any(fault.code != "json.duplicate_key" for fault in faults):
                read.files[path] = PackFile(path, place, value, value)
    return read


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


def _upgraded(file: PackFile, content: Mapping[str, Any]) -> PackFile:
    """Return a file with its share of the upgraded content; one whose share went elsewhere sets nothing."""
    section, key = file.place.format.section, file.place.key
    if not section:
        return file
    share = content.get(section)
    if key:
        share = share.get(key) if isinstance(share, dict) else None
    return replace(file, value=share)


def _no_format(manifest: PackFile, content: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a warning where a pack says no format, and its periods are written as the current one has them."""
    periods = content.get("deadlines")
    entries = periods.values() if isinstance(periods, dict) else ()
    if any(isinstance(entry, dict) and isinstance(entry.get("starts"), list) for entry in entries):
        yield Problem(
            "pack.no_format",
            msg("The pack says no format, so its files are read as those of format 1"),
            {"current": CURRENT},
            manifest.path,
            remedy=msg('Write "format": %(current)s where they follow the descriptions of today'),
            severity="warning",
        )


def _unknown_file(folder: str, inner: str, path: str) -> Problem:
    known = [fmt.place for fmt in formats.FORMATS if fmt.folder == folder]
    close = difflib.get_close_matches(inner, known, n=1)
    if folder == "seed" and inner.startswith(f"{formats.ASSETS}/"):
        close = [f"{formats.ASSETS}/*{suffix}" for suffix in formats.ASSET_SUFFIXES]
    return Problem(
        "pack.unknown_file",
        msg("No format knows the file %(name)s"),
        {"name": inner, "known": ", ".join(close or known)},
        path,
        remedy=msg("Remove it, or name it like one of: %(known)s"),
    )
