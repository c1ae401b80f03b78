"""Resolving: a chain of packs becomes one bundle, with origins, locked paths and every problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.packs import formats
from portal.core.packs.chains import Layers
from portal.core.packs.layer import Layer, Manifest
from portal.core.packs.merge import TouchKind, merge
from portal.core.packs.moved import SECTION as MOVED
from portal.core.packs.moved import moves_in
from portal.core.packs.origins import Origins, is_within
from portal.core.packs.release import ChainLink, Release
from portal.core.packs.source import PackLibrary

_NOTES: dict[TouchKind, tuple[str, str, str, str]] = {
    "same": (
        "pack.redundant",
        msg("This sets what a pack above sets already"),
        msg("Leave it out, so that later changes above reach this pack"),
        "warning",
    ),
    "nothing_to_remove": (
        "pack.nothing_to_remove",
        msg("null removes something that no pack above has"),
        msg("Leave it out, or correct the name"),
        "warning",
    ),
    "not_in_list": (
        "pack.not_in_list",
        msg("$remove names something that is not in the list"),
        msg("Leave it out, or correct the name"),
        "warning",
    ),
    "no_list": (
        "pack.no_list",
        msg("$add and $remove edit a list, but no pack above has a list here"),
        msg("Give the whole list, or correct the name"),
        "error",
    ),
}


@dataclass(frozen=True)
class Resolved:
    """A chain of packs put together, and what is wrong with the putting together."""

    pack: str
    manifest: Manifest
    chain: tuple[Layer, ...]
    bundle: dict[str, Any]
    origins: Origins
    problems: tuple[Problem, ...]
    whole: bool = True  # false: a pack of the chain is missing, so nothing can be said of the bundle

    @property
    def errors(self) -> list[Problem]:
        """Return the problems that forbid a release."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def place(self, bundle_pointer: str) -> tuple[str, str]:
        """Return the file that set ``bundle_pointer`` and the pointer inside it."""
        pack = self.origins.pack_of(bundle_pointer) or self.pack
        return formats.locate(pack, bundle_pointer) or ("", bundle_pointer)

    def release(self) -> Release:
        """Return the bundle as a release; DefinitionError when files could not be read or merged."""
        if self.errors:
            raise DefinitionError(
                "pack.broken", msg("The pack %(pack)s can't be released"), {"pack": self.pack}, self.errors
            )
        links = tuple(ChainLink(layer.id, layer.manifest.version, layer.digest) for layer in self.chain)
        manifest = self.manifest
        return Release.of(self.pack, manifest.version, manifest.title, manifest.unit, links, self.bundle)


def resolve(pack_id: str, library: PackLibrary, version: str | None = None) -> Resolved:
    """Put the chain of a pack together, by default of its newest version; bad content is told in ``problems``."""
    return resolve_layers(pack_id, Layers(library), version)


def resolve_layers(pack_id: str, layers: Layers, version: str | None = None) -> Resolved:
    """Put a chain together from layers that may have been read already."""
    return put_together(pack_id, *layers.chain(pack_id, version))


def put_together(pack_id: str, chain: Sequence[Layer], missing: Sequence[Problem] = ()) -> Resolved:
    """Put the layers of a chain together, foundation first; ``missing`` says which of them are not at hand."""
    problems = list(missing)
    whole = not problems
    for layer in chain:
        problems.extend(layer.problems)
    origins = Origins()
    bundle: dict[str, Any] = {}
    locked: list[tuple[str, str]] = []
    notes: list[Problem] = []
    for layer in chain:
        bundle = _apply(bundle, layer, origins, locked, notes)
        locked.extend((pointer, layer.id) for pointer in locked_paths(layer))
        notes.extend(_dead_locks(layer, bundle))
    if moves := [move.to_json() for layer in chain for move in moves_in(layer.manifest.moved, layer.id)]:
        bundle = {**bundle, MOVED: moves}
    problems.extend(notes if whole else ())
    manifest = chain[-1].manifest if chain and chain[-1].id == pack_id else Manifest(pack_id, title=pack_id)
    return Resolved(pack_id, manifest, tuple(chain), bundle, origins, tuple(problems), whole)


def _apply(
    bundle: dict[str, Any],
    layer: Layer,
    origins: Origins,
    locked: list[tuple[str, str]],
    problems: list[Problem],
) -> dict[str, Any]:
    def touch(kind: TouchKind, pointer: str) -> None:
        if kind in _NOTES:
            problems.append(_note(kind, layer.id, pointer))
            return
        problems.extend(_locked_problems(kind, layer.id, pointer, locked))
        if kind == "remove":
            origins.record_removal(pointer, layer.id)
        else:
            origins.record_set(pointer, layer.id)

    merged: dict[str, Any] = merge(bundle, dict(layer.content), touch=touch)
    return merged


def _note(kind: TouchKind, pack: str, pointer: str) -> Problem:
    code, message, remedy, severity = _NOTES[kind]
    file, inner = formats.locate(pack, pointer) or ("", pointer)
    return Problem(code, message, {}, file, inner, remedy, severity)


def _locked_problems(
    kind: TouchKind, pack: str, pointer: str, locked: list[tuple[str, str]]
) -> list[Problem]:
    """Return a problem for each locked path that this touch changes from inside, or takes away from above."""
    problems = []
    for final, owner in locked:
        # Most touches are near to none of them: this is asked for each value of a pack.
        if not (pointer.startswith(final) or final.startswith(pointer)):
            continue
        replaces_above = kind in ("set", "remove") and pointer != final and is_within(final, pointer)
        if is_within(pointer, final) or replaces_above:
            file, inner = formats.locate(pack, pointer) or ("", pointer)
            problems.append(
                Problem(
                    "pack.final",
                    msg("%(path)s is final in the pack %(owner)s and may not be changed here"),
                    {"path": final, "owner": owner},
                    file,
                    inner,
                    msg("Remove this change, or ask for another setting in %(owner)s"),
                )
            )
    return problems


def locked_paths(layer: Layer) -> list[str]:
    """Return the paths that a pack locks: those it lists, and the periods that it declares to be locked."""
    deadlines = layer.content.get("deadlines")
    return [
        *layer.manifest.final,
        *_statutory(deadlines if isinstance(deadlines, dict) else {}),
    ]


def _statutory(deadlines: Mapping[str, Any]) -> list[str]:
    return [
        pointers.join(["deadlines", code])
        for code, deadline in deadlines.items()
        if isinstance(deadline, dict) and deadline.get("locked") is True
    ]


def _dead_locks(layer: Layer, bundle: dict[str, Any]) -> list[Problem]:
    nothing = object()
    return [
        Problem(
            "pack.final_unknown",
            msg("The final path %(path)s names nothing"),
            {"path": path},
            f"seed/{layer.id}/{formats.MANIFEST}",
            f"/final/{index}",
            msg("Correct the path, or leave it out"),
        )
        for index, path in enumerate(layer.manifest.final)
        if pointers.get(bundle, path, nothing) is nothing
    ]
