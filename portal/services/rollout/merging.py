"""A new version merged with what a centre made its own: once for each chain and set of answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from portal.core.canonical import digest
from portal.core.drafts import Share, files_of, share_of
from portal.core.drafts.share import PACK
from portal.core.kept import Kept
from portal.core.packs import Layer, PackSource, Resolved
from portal.core.packs.layer import load_layer
from portal.core.packs.resolve import put_together
from portal.core.packs.source import split_reference
from portal.core.packs.three_way import Answer, Decision, Merged, Parent, overrides, three_way
from portal.services.drafts.loading import parent_of
from portal.services.rollout.ground import Ground, Links, Offer

_OWN: Kept[tuple[str, ...], tuple[Decision, ...]] = Kept(64)


@dataclass(frozen=True)
class Planned:
    """What becomes of a centre on a new version: the merge, and the packs above in that version."""

    merged: Merged
    theirs: Resolved
    base: Resolved

    @cached_property
    def digest(self) -> str:
        """The digest of what would be in force."""
        return digest(dict(self.merged.bundle))

    @property
    def counts(self) -> dict[str, int]:
        """Return how many places are in each pile, and how many a person still has to decide."""
        piles = {"decide": 0, "taken": 0, "kept": 0, "redundant": 0}
        for one in self.merged.decisions:
            piles[one.pile] += 1
        return {**piles, "open": len(self.merged.undecided)}


_MERGED: Kept[tuple[str, ...], Planned] = Kept(64)


def planned(session: Session, ground: Ground, offer: Offer, answers: Iterable[Answer] = ()) -> Planned:
    """Return what becomes of a centre when it takes a version over; DefinitionError where a pack is not at hand."""
    given = tuple(answers)
    said = [[one.path, *one.digests, one.action, str(one.to_json().get("value"))] for one in given]
    key = (*ground.key, ground.pack, offer.digest, digest(said))
    return _MERGED.of(key, lambda: _planned(session, ground, offer, given))


def _planned(session: Session, ground: Ground, offer: Offer, answers: tuple[Answer, ...]) -> Planned:
    base, theirs = parent_of(session, ground.above), parent_of(session, offer.links)
    merged = three_way(Parent.of(base), Parent.of(theirs), ground.content, answers)
    return Planned(merged, theirs, base)


def own_of(session: Session, above: Links, layer: Layer) -> tuple[Decision, ...]:
    """Return what a layer makes its own over the packs above, and what it says only as they do."""
    key = (*(link["digest"] for link in above), layer.digest)
    return _OWN.of(key, lambda: overrides(Parent.of(parent_of(session, above)), layer.content))


def resolved_of(ground: Ground, plan: Planned, version: str) -> Resolved:
    """Return the packs of a centre put together as the merge has them: what is checked and published."""
    if ground.layer is None:
        return plan.theirs
    share, above = share_of(ground.layer), plan.theirs.chain[-1]
    manifest = dict(share.own[PACK])
    pinned = split_reference(str(manifest.get("extends", "")))[1] is not None
    manifest |= {"version": version, "extends": above.reference if pinned else above.id}
    merged = Share(dict(plan.merged.layer), {**share.own, PACK: manifest})
    assets = {hashlib.sha256(one).hexdigest(): one for one in ground.layer.assets.values()}
    files = files_of(ground.pack, merged, assets)
    layer = load_layer(PackSource(ground.pack, files), above.reference)
    return put_together(ground.pack, [*plan.theirs.chain, layer])


def in_force_of(ground: Ground, plan: Planned) -> Resolved:
    """Return the packs of a centre as they are in force today."""
    if ground.layer is None:
        return plan.base
    return put_together(ground.pack, [*plan.base.chain, ground.layer])
