"""Chains: the layers of a library, each read once, in the exact versions that extend one another."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from portal.core.errors import Problem, msg
from portal.core.packs.format_steps import is_known, newer_format
from portal.core.packs.layer import Layer, Manifest, load_layer
from portal.core.packs.source import (
    PackLibrary,
    PackSource,
    exact_reference,
    manifest_path,
    manifest_value,
    split_reference,
    version_of,
)

_Key = tuple[str, str | None]  # a pack and its version; None: the newest


@dataclass
class Layers:
    """The layers of a library by pack and version, each read once."""

    library: PackLibrary
    _sources: dict[_Key, PackSource | None] = field(default_factory=dict)
    _read: dict[_Key, Layer] = field(default_factory=dict)

    def get(self, pack_id: str, version: str | None = None) -> Layer | None:
        """Return the layer of a pack in a version, by default the newest; None when it is not here."""
        source = self._source(pack_id, version)
        if source is None:
            return None
        if (pack_id, version) not in self._read:
            self._read[pack_id, version] = self._same(source) or load_layer(source, self._parent(source))
        return self._read[pack_id, version]

    def _same(self, source: PackSource) -> Layer | None:
        """Return the layer that was read from equal files on the same parent.

        Versions don't tell: a store may keep two contents of one apart by a mark that pack.json does not have.
        """
        return next(
            (
                layer
                for layer in self._read.values()
                if layer.id == source.id
                and source.parent in (None, layer.parent_ref)
                and layer.raw == source.files
            ),
            None,
        )

    def chain(self, pack_id: str, version: str | None = None) -> tuple[list[Layer], list[Problem]]:
        """Return the layers from the foundation down to a pack, and what is wrong with the line."""
        found: list[Layer] = []
        wanted: str | None = pack_id
        while wanted is not None:
            below = found[-1].id if found else None
            if any(layer.id == wanted for layer in found):
                line = " -> ".join([*(layer.id for layer in found), wanted])
                return found[::-1], [_circle(below, line)]
            layer = self.get(wanted, version)
            if layer is None:
                return found[::-1], [self._missing(wanted, version, below)]
            if not is_known(layer.format):
                return found[::-1], [newer_format(layer.reference, layer.format, manifest_path(layer.id))]
            found.append(layer)
            wanted, version = split_reference(layer.parent_ref) if layer.parent_ref else (None, None)
        return found[::-1], []

    def _source(self, pack_id: str, version: str | None) -> PackSource | None:
        if (pack_id, version) not in self._sources:
            self._sources[pack_id, version] = self.library.source(pack_id, version)
        return self._sources[pack_id, version]

    def _parent(self, source: PackSource) -> str | None:
        """Return the exact parent of a pack; without a version where the library has no such pack."""
        if source.parent is not None:
            return source.parent
        manifest = Manifest.from_definition(source.id, manifest_value(source.files, source.id))
        if manifest.extends is None:
            return None
        version = manifest.extends_version
        if version is None:
            above = self._source(manifest.extends, None)
            version = version_of(above.files, manifest.extends) if above else None
        return exact_reference(manifest.extends, version) if version else manifest.extends

    def _missing(self, wanted: str, version: str | None, below: str | None) -> Problem:
        newest = self._source(wanted, None) if version else None
        return (
            _missing_pack(wanted, below, self.library)
            if newest is None
            else _missing_version(wanted, version, below, newest)
        )


def _circle(below: str | None, line: str) -> Problem:
    return Problem(
        "pack.loop",
        msg("The packs extend one another in a circle: %(line)s"),
        {"line": line},
        manifest_path(below or ""),
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
        manifest_path(below),
        "/extends",
        msg("Known packs: %(known)s"),
    )


def _missing_version(wanted: str, version: str | None, below: str | None, newest: PackSource) -> Problem:
    return Problem(
        "pack.unknown_version",
        msg("The pack %(pack)s is not here in the version %(version)s"),
        {"pack": wanted, "version": version, "known": version_of(newest.files, wanted)},
        manifest_path(below) if below else "",
        "/extends" if below else "",
        msg("Bring that version, or extend the one that is here: %(known)s"),
    )
