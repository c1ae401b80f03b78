"""The share of one pack: all that its files say, in the places at which a draft shows it.

Beside the sections of a bundle a draft has sections of the pack's own: its manifest, stories, demo lists, files and
table of divisions. They are not inherited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import DefinitionError, Problem, msg
from portal.core.packs import formats
from portal.core.packs.format_steps import CURRENT
from portal.core.packs.layer import Layer
from portal.core.packs.source import manifest_path

PACK, STORIES, DEMO, ASSETS, DIVISIONS = "pack", "stories", "demo", "assets", "divisions"
OWN_SECTIONS = (PACK, STORIES, DEMO, ASSETS, DIVISIONS)
# Sections of one file each entry that are no part of a bundle, by the schema of their format.
_FILES = {"story": STORIES, "demo": DEMO}
KEYED = frozenset(
    {fmt.section for fmt in formats.FORMATS if fmt.section and fmt.keyed} | {STORIES, DEMO, ASSETS}
)


@dataclass(frozen=True)
class Share:
    """What a pack says: its patch of the bundle, and its own sections."""

    content: Mapping[str, Any]
    own: Mapping[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the share as one JSON text, keys in their order."""
        return json.dumps({"content": self.content, "own": self.own}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Share:
        """Read a share back."""
        document = json.loads(text)
        return cls(document["content"], document["own"])


def share_of(layer: Layer) -> Share:
    """Return the share of a layer, in the current format."""
    own: dict[str, Any] = {PACK: _manifest(layer)}
    for file in layer.files.values():
        section = _FILES.get(file.place.format.schema)
        if section is not None:
            own.setdefault(section, {})[file.place.key] = file.value
    if layer.assets:
        own[ASSETS] = {name: described(content) for name, content in sorted(layer.assets.items())}
    if layer.divisions is not None:
        own[DIVISIONS] = _text(layer)
    return Share(dict(layer.content), own)


def new_share(pack: str, parent: str, unit: str, title: str) -> Share:
    """Return the share of a pack that says nothing yet."""
    manifest = {
        "id": pack,
        "version": "1.0.0",
        "format": CURRENT,
        "extends": parent,
        "unit": unit,
        "title": title,
    }
    return Share({}, {PACK: manifest})


def described(content: bytes) -> dict[str, Any]:
    """Return what a draft says of a file of the pack: its digest and size stand for its bytes."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def files_of(pack: str, share: Share, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a pack by path; ``assets`` are the bytes of its files by SHA-256."""
    files = {manifest_path(pack): written(share.own[PACK])}
    for fmt in formats.FORMATS:
        section = fmt.section or _FILES.get(fmt.schema, "")
        holder = share.content if fmt.section else share.own
        if section not in holder:
            continue
        value = holder[section]
        things = value.items() if fmt.keyed else [("", value)]
        for key, thing in things:
            files[f"{fmt.folder}/{pack}/{fmt.place.replace('*', key)}"] = written(thing)
    for name, said in share.own.get(ASSETS, {}).items():
        files[f"seed/{pack}/{formats.ASSETS}/{name}"] = assets[said["sha256"]]
    if DIVISIONS in share.own:
        files[f"seed/{pack}/{formats.DIVISIONS}"] = share.own[DIVISIONS].encode()
    return files


def written(value: Any) -> bytes:
    """Return a value as a file of a pack has it."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _manifest(layer: Layer) -> dict[str, Any]:
    file = layer.files.get(manifest_path(layer.id))
    said = dict(file.read) if file is not None and isinstance(file.read, dict) else {"id": layer.id}
    if layer.format < CURRENT:
        said["format"] = CURRENT
        if layer.manifest.final:
            said["final"] = list(layer.manifest.final)
    return said


def _text(layer: Layer) -> str:
    try:
        return (layer.divisions or b"").decode()
    except UnicodeDecodeError as error:
        path = f"seed/{layer.id}/{formats.DIVISIONS}"
        problem = Problem("draft.divisions", msg("The table of divisions is no text in UTF-8"), file=path)
        raise DefinitionError(problem.code, problem.message, problems=[problem]) from error
