"""What a centre stands on, and the newer versions of the configuration above that it could take over."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound, msg
from portal.core.packs import Layer, Layers
from portal.core.packs.versions import version_key
from portal.persistence.models import Centre, Release, Unit
from portal.persistence.models import Layer as Stored
from portal.persistence.models import RolloutDecision as Said
from portal.persistence.models.release import APPROVED
from portal.services.releases.effect import running_at
from portal.services.releases.layers import SCREEN, StoreLibrary
from portal.services.releases.states import states_of

Links = Sequence[Mapping[str, Any]]
# A decision of this kind says with which version both sides are compared.
BASE = "base"


@dataclass(frozen=True)
class Ground:
    """A centre with the release in force there: the packs above its own, and its own layer where it has one."""

    unit: Unit
    release: Release
    above: tuple[Mapping[str, Any], ...]
    layer: Layer | None
    # The link that the release itself names; another one than the last of ``above`` where a person chose the base.
    link: Mapping[str, Any] | None = None
    chosen: Said | None = None
    is_opaque: bool = False

    @property
    def pack(self) -> str:
        """Return the pack of the centre's own; empty where it runs by the configuration above alone."""
        return self.layer.id if self.layer is not None else ""

    @property
    def parent(self) -> str:
        """Return the pack whose versions are taken over; empty for a foundation, above which there is nothing."""
        return str(self.above[-1]["id"]) if self.above else ""

    @property
    def adopted(self) -> str:
        """Return the version of it that the centre stands on, as its release names it."""
        link = self.link or (self.above[-1] if self.above else None)
        return str(link["version"]) if link is not None else ""

    @property
    def base_version(self) -> str:
        """Return the version with which both sides are compared."""
        return str(self.above[-1]["version"]) if self.above else ""

    @property
    def content(self) -> Mapping[str, Any]:
        """Return what the centre's own layer says; nothing where it has none."""
        return self.layer.content if self.layer is not None else {}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The digests of what is compared: centres of one chain have one plan."""
        return (*(link["digest"] for link in self.above), self.layer.digest if self.layer is not None else "")


@dataclass(frozen=True)
class Offer:
    """A version of a pack that centres below can take over, with the packs that it stands on."""

    pack: str
    version: str
    digest: str
    links: tuple[Mapping[str, Any], ...]
    title: str
    release_id: int | None
    created_by: str


def ground_of(session: Session, unit: Unit, parent: str = "") -> Ground:
    """Return what a centre stands on; NotFound where nothing is in force there.

    Where ``parent`` is the centre's own pack, whose next version came in a file, it stands on that alone: nothing is
    merged then.
    """
    running = running_at(session, unit.id)
    if running is None:
        raise NotFound("centre.none", msg("This unit runs no centre"))
    release = session.get_one(Release, running.release_id)
    if parent and parent == release.pack:
        return _based(session, Ground(unit, release, tuple(release.chain), None))
    return ground_at(session, unit, release)


def pack_of(session: Session, digest: str) -> str:
    """Return the pack of a stored layer by its digest; empty for none."""
    return session.scalar(select(Stored.pack).where(Stored.digest == digest)) or ""


def ground_at(session: Session, unit: Unit, release: Release) -> Ground:
    """Return what a centre stands on under one release.

    Conflict where the files of the centre's own are not here: to plan without them would take away what is its own.
    """
    links = release.chain
    if release.manifest.get("unit") != unit.code:
        return _based(session, Ground(unit, release, tuple(links), None))
    if len(links) < 2:
        return Ground(unit, release, (), None)
    pins = {link["id"]: link["digest"] for link in links}
    layer = Layers(StoreLibrary(session, pins)).get(release.pack)
    if layer is None:
        text = msg("The files of %(pack)s %(version)s are not here: import or publish them first")
        raise Conflict("rollout.own_opaque", text, {"pack": release.pack, "version": release.version})
    return _based(session, Ground(unit, release, tuple(links[:-1]), layer))


def _based(session: Session, ground: Ground) -> Ground:
    """Return a ground whose base can be read: a person's choice where that of the release can't."""
    digests = {link["digest"] for link in ground.above}
    if digests <= at_hand(session, digests):
        return ground
    link = ground.above[-1]
    query = select(Said).where(
        Said.unit_id == ground.unit.id, Said.kind == BASE, Said.theirs == link["digest"]
    )
    said = session.scalars(query.order_by(Said.id.desc()).limit(1)).one_or_none()
    stored = None
    if said is not None:
        stored = session.scalars(select(Stored).where(Stored.digest == said.base)).one_or_none()
    if stored is None:
        return replace(ground, link=link, is_opaque=True)
    return replace(ground, above=_links(session, stored), link=link, chosen=said)


def at_hand(session: Session, digests: set[str]) -> set[str]:
    """Return those of some layers whose files are in the store."""
    return set(session.scalars(select(Stored.digest).where(Stored.digest.in_(digests))))


def bases(session: Session, ground: Ground) -> list[Stored]:
    """Return the versions that a centre may choose as the one it began with, the newest first."""
    rows = session.scalars(select(Stored).where(Stored.pack == ground.parent))
    return sorted(rows, key=lambda row: (version_key(row.version), row.id), reverse=True)


def with_centres_below(session: Session, units: Sequence[Unit]) -> list[Unit]:
    """Return those of some units below which other units run a centre."""
    query = select(Unit.path).join(Centre, Centre.unit_id == Unit.id)
    # In the order of their paths, what lies below a unit comes right behind it.
    paths = sorted(session.scalars(query))
    found = []
    for one in units:
        behind = bisect_right(paths, one.path)
        if behind < len(paths) and paths[behind].startswith(one.path):
            found.append(one)
    return found


def offers(session: Session, parent: str, after: Mapping[str, Any] | None = None) -> list[Offer]:
    """Return the versions of a pack that may be taken over, the oldest first; only those later than one link.

    A version that was made on screen counts once a release of it was approved; one that came in a file at once, unless
    its release was withdrawn.
    """
    rows = list(session.scalars(select(Stored).where(Stored.pack == parent).order_by(Stored.id)))
    known = next((row for row in rows if after is not None and row.digest == after["digest"]), None)
    if after is not None:
        rows = [row for row in rows if _is_later(row, after, known)]
    released = _releases(session, parent)
    states = states_of(session, [one.id for ones in released.values() for one in ones])
    found = []
    for row in rows:
        made = released.get(row.digest, [])
        approved = next((one for one in made if states.get(one.id) == APPROVED), None)
        if approved is not None:
            found.append(_offer(row, tuple(approved.chain), approved.id))
        elif not made and row.origin != SCREEN:
            found.append(_offer(row, _links(session, row), None))
    return sorted(found, key=lambda one: version_key(one.version))


def offer_of(session: Session, parent: str, digest: str) -> Offer:
    """Return one version by the digest of its layer; NotFound where it may not be taken over."""
    found = next((one for one in offers(session, parent) if one.digest == digest), None)
    if found is None:
        raise NotFound(
            "rollout.version", msg("This version can't be taken over: it is not here, or withdrawn")
        )
    return found


def newest_offer(session: Session, ground: Ground) -> Offer | None:
    """Return the newest version that is later than the one a centre stands on; None where there is none."""
    found = offers(session, ground.parent, ground.link or ground.above[-1]) if ground.above else []
    return found[-1] if found else None


def newer_at(session: Session, unit: Unit) -> Offer | None:
    """Return the newest version that a centre could take over, by what its release names alone; None for none."""
    running = running_at(session, unit.id)
    release = session.get(Release, running.release_id) if running is not None else None
    if release is None:
        return None
    links = tuple(release.chain[:-1] if release.manifest.get("unit") == unit.code else release.chain)
    return newest_offer(session, Ground(unit, release, links, None))


def _is_later(row: Stored, after: Mapping[str, Any], known: Stored | None) -> bool:
    if row.digest == after["digest"]:
        return False
    here, there = version_key(row.version), version_key(after["version"])
    # Two contents of one version, as the demo stores them: the one that came later.
    return here > there or (here == there and known is not None and row.id > known.id)


def _releases(session: Session, pack: str) -> dict[str, list[Release]]:
    found: dict[str, list[Release]] = {}
    for one in session.scalars(select(Release).where(Release.pack == pack).order_by(Release.id)):
        found.setdefault(one.chain[-1]["digest"], []).append(one)
    return found


def _links(session: Session, row: Stored) -> tuple[Mapping[str, Any], ...]:
    chain, _ = Layers(StoreLibrary(session)).chain(row.pack, row.version)
    return tuple({"id": one.id, "version": one.manifest.version, "digest": one.digest} for one in chain)


def _offer(row: Stored, links: tuple[Mapping[str, Any], ...], release_id: int | None) -> Offer:
    title = row.manifest.get("title") or row.pack
    plain = title if isinstance(title, str) else str(next(iter(title.values()), row.pack))
    return Offer(row.pack, row.version, row.digest, links, plain, release_id, row.created_by)
