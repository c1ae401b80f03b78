"""Whose a value is: the pack's own, that of a pack above, or the product's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from portal.core import pointer as pointers
from portal.core.drafts.draft import Draft
from portal.core.drafts.share import OWN_SECTIONS
from portal.core.packs.merge import SAYS, TouchKind, merge
from portal.core.packs.origins import is_within
from portal.core.packs.places import said
from portal.core.table import Table

Level = Literal["own", "above", "base"]
OWN: Level = "own"


@dataclass(frozen=True, slots=True)
class Counted:
    """Where the things of a part stand, for parts in which they are not the first map below."""

    name: str
    patterns: tuple[str, ...]


COUNTED: Table[Counted] = Table(
    "things that are counted",
    Counted("layout", ("/*/*",)),
    Counted("units", ("/*/*",)),
    Counted("forms", ("/*/schema/properties/*",)),
    Counted("rules", ("/*/rules/*",)),
    Counted("lifecycles", ("/*/stages/*", "/*/transitions/*")),
    Counted("taxonomies", ("/*/terms/*",)),
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The pack whose value stands at a place: this one, the one of a unit above, or the foundation of all."""

    level: Level
    pack: str
    title: str
    partly: bool = False  # another pack's, but something below it is the draft's own


def own_pointers(draft: Draft) -> tuple[str, ...]:
    """Return the places at which the draft says something else than the packs above."""
    found: dict[str, None] = {}

    def touch(kind: TouchKind, where: str) -> None:
        if kind in SAYS:
            found[where] = None

    merge(draft.above, dict(draft.share.content), touch=touch)
    return tuple(found)


def owner_of(draft: Draft, path: str, own: tuple[str, ...] | None = None) -> Owner:
    """Return whose the value at a place is; ``own`` are the draft's own places, where they are known already."""
    places = own_pointers(draft) if own is None else own
    title = said(draft.document.get("pack", {}).get("title"), draft.pack)
    if pointers.split(path)[:1] and pointers.split(path)[0] in OWN_SECTIONS:
        return Owner(OWN, draft.pack, title)
    if any(is_within(path, where) for where in places):
        return Owner(OWN, draft.pack, title)
    partly = any(is_within(where, path) for where in places)
    pack = draft.parent.origins.pack_of(path) or _nearest(draft, path)
    layer = next((one for one in draft.parent.chain if one.id == pack), None)
    if layer is None:
        return Owner(OWN, draft.pack, title, partly)
    return Owner(
        "above" if layer.manifest.unit else "base", layer.id, said(layer.manifest.title, layer.id), partly
    )


def _nearest(draft: Draft, path: str) -> str | None:
    """Return the pack of the first value below a place, for maps that no pack set as a whole."""
    value = pointers.get(draft.above, path)
    if isinstance(value, Mapping):
        for where, _ in pointers.leaves(value, path):
            pack = draft.parent.origins.pack_of(where)
            if pack is not None:
                return pack
    return None


def counted(draft: Draft, own: tuple[str, ...] | None = None) -> dict[str, tuple[int, int]]:
    """Return for each part of the configuration how many things are the draft's own, and how many inherited."""
    places = own_pointers(draft) if own is None else own
    found = {}
    for name, section in draft.bundle.items():
        things = set(things_of(name, section))
        mine = {thing for thing in things if any(_touches(thing, where) for where in places)}
        found[name] = (len(mine), len(things) - len(mine))
    return found


def things_of(name: str, section: Any) -> list[str]:
    """Return the places of the things of a part, as people count them: fields, rules, stages, rooms."""
    patterns = COUNTED[name].patterns if name in COUNTED else ("/*",)
    return [where for pattern in patterns for where, _ in pointers.found(section, pattern, f"/{name}")]


def _touches(thing: str, where: str) -> bool:
    return is_within(thing, where) or is_within(where, thing)
