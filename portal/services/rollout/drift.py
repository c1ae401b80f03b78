"""What centres made their own over the configuration above: overrides, redundant ones, shared ones, who is behind."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.drafts import Change
from portal.core.drafts.commands import Op
from portal.core.errors import Conflict, NotFound, msg
from portal.core.packs import Layers
from portal.core.packs.layer import load_layer
from portal.core.packs.origins import is_within
from portal.core.packs.source import PackSource
from portal.core.packs.three_way import Decision, SharedOverride, shared_overrides
from portal.persistence.models import Layer as Stored
from portal.persistence.models import Release
from portal.persistence.models import RolloutDecision as Said
from portal.services import drafts, units
from portal.services.drafts.finding import OPEN
from portal.services.releases.browsing import InForce, in_force
from portal.services.releases.layers import StoreLibrary, files_of, opaque_links
from portal.services.rollout.ground import Offer, offers
from portal.services.rollout.merging import own_of

if TYPE_CHECKING:
    from portal.services.portal import Work

# What says which centre it is differs everywhere, and is no deviation.
OF_THE_CENTRE = ("/layout/centre",)
# What a draft that begins with a shared override is called.
LIFTED = "各县区都改了的"


@dataclass(frozen=True)
class CentreDrift:
    """One centre: the version that it stands on, the newest one, and what it made its own."""

    unit_id: int
    unit: str
    name: str
    pack: str
    parent: str
    adopted: str
    newest: str
    digest: str
    decisions: tuple[Decision, ...]

    @property
    def is_behind(self) -> bool:
        """Tell whether a newer version waits to be taken over."""
        return bool(self.newest)

    @cached_property
    def overrides(self) -> tuple[Decision, ...]:
        """The places at which the centre differs from the configuration above, its own name and address aside."""
        return tuple(one for one in self.decisions if one.pile == "kept")

    @cached_property
    def redundant(self) -> tuple[Decision, ...]:
        """What the centre's layer says only as the configuration above does: it can go."""
        return tuple(one for one in self.decisions if one.pile == "redundant")

    def of_part(self, part: str) -> list[Decision]:
        """Return the overrides of one part of the configuration."""
        return [one for one in self.overrides if pointers.split(one.path)[:1] == [part]]


@dataclass(frozen=True)
class Fleet:
    """The centres below some units, and the overrides that several of them have alike."""

    centres: tuple[CentreDrift, ...]

    @cached_property
    def parents(self) -> list[str]:
        """The configurations that the centres stand on, that of most centres first."""
        found = Counter(one.parent for one in self.centres if one.parent)
        return [parent for parent, _ in found.most_common()]

    def below(self, parent: str) -> Fleet:
        """Return the centres that stand on one configuration."""
        return Fleet(tuple(one for one in self.centres if one.parent == parent))

    @property
    def behind(self) -> list[CentreDrift]:
        """Return the centres that do not stand on the newest version."""
        return [one for one in self.centres if one.is_behind]

    @cached_property
    def total(self) -> int:
        """How many overrides there are."""
        return sum(len(one.overrides) for one in self.centres)

    def shared(self, least: int = 2) -> list[SharedOverride]:
        """Return the overrides that at least so many centres have alike."""
        return shared_overrides({one.name: one.overrides for one in self.centres if one.overrides}, least)

    def at(self, path: str) -> list[tuple[CentreDrift, Decision]]:
        """Return the centres that have something else at one place."""
        found = ((centre, one) for centre in self.centres for one in centre.overrides)
        return [(centre, one) for centre, one in found if one.path == path]

    def centre(self, unit: str) -> CentreDrift:
        """Return one centre; NotFound where it is not among them."""
        found = next((one for one in self.centres if one.unit == unit), None)
        if found is None:
            raise NotFound("centre.none", msg("This unit runs no centre"))
        return found


@dataclass(frozen=True, slots=True)
class Origin:
    """Since when an override is so, by whom and why."""

    since: dt.datetime
    by_name: str
    why: str = ""


def fleet(session: Session, roots: tuple[str, ...]) -> Fleet:
    """Return what the centres below some units made their own; equal chains are compared once."""
    running = in_force(session, roots)
    newest: dict[tuple[str, str], Offer | None] = {}
    return Fleet(tuple(_drift(session, one, newest) for one in running))


def origins(session: Session, centre: CentreDrift, paths: Iterable[str]) -> dict[str, Origin]:
    """Return since when places of a centre are its own, by whom and why.

    A decision on a new version that stayed with it says so; else the layer of the store from which on the place has
    the value it has now.
    """
    wanted = list(paths)
    found = _by_layers(session, centre, wanted)
    query = select(Said).where(Said.unit_id == centre.unit_id, Said.kind == "answer", Said.path.in_(wanted))
    for said in session.scalars(query.order_by(Said.id)):
        if said.action in ("ours", "custom"):
            since = found[said.path].since if said.path in found and said.action == "ours" else said.at
            found[said.path] = Origin(since, said.by_name, said.why)
    return found


def draft_above(uow: Work, unit_code: str) -> str:
    """Return the open draft of a unit's configuration that was changed last; begin one where there is none."""
    unit = units.by_code(uow.session, unit_code)
    known = [row for row in drafts.drafts_at(uow.session, unit.id) if row.state == OPEN]
    row = known[0] if known else drafts.open_draft(uow, unit_code, LIFTED)
    return row.uid


def lift_into_draft(uow: Work, draft_id: str, path: str, value: Any, why: str) -> None:
    """Write an override that many centres share into a draft of the configuration above.

    Conflict for an entry of a list, which is added by hand.
    """
    if any(part.startswith("=") for part in pointers.split(path)):
        raise Conflict("rollout.entry", msg("This is an entry of a list: add it in the draft by hand"))
    before = pointers.get(drafts.effective(uow.session, draft_id), path, None)
    if canonical(before) == canonical(value):
        return
    op: Op = "add" if before is None else "remove" if value is None else "replace"
    drafts.change(uow, draft_id, [Change(op, path, before, value)], why=why)


def _drift(session: Session, one: InForce, newest: dict[tuple[str, str], Offer | None]) -> CentreDrift:
    release = one.release
    is_own = release.manifest.get("unit") == one.unit
    above: Sequence[Mapping[str, Any]] = release.chain[:-1] if is_own else release.chain
    decisions = _own(session, release) if is_own and above else ()
    link = above[-1] if above else None
    offer = _newest(session, link, newest) if link is not None else None
    return CentreDrift(
        one.unit_id,
        one.unit,
        one.unit_name,
        release.pack if is_own else "",
        str(link["id"]) if link is not None else "",
        str(link["version"]) if link is not None else "",
        offer.version if offer is not None else "",
        str(release.chain[-1]["digest"]),
        tuple(d for d in decisions if not any(is_within(d.path, place) for place in OF_THE_CENTRE)),
    )


def _own(session: Session, release: Release) -> tuple[Decision, ...]:
    pins = {link["id"]: link["digest"] for link in release.chain}
    layer = Layers(StoreLibrary(session, pins)).get(release.pack)
    # What stands on files that are not here can't be compared: its page asks for the version to compare with.
    if layer is None or opaque_links(session, release):
        return ()
    return own_of(session, release.chain[:-1], layer)


def _newest(
    session: Session, link: Mapping[str, Any], known: dict[tuple[str, str], Offer | None]
) -> Offer | None:
    key = (link["id"], link["digest"])
    if key not in known:
        known[key] = (offers(session, link["id"], link) or [None])[-1]  # type: ignore[list-item]
    return known[key]


def _by_layers(session: Session, centre: CentreDrift, paths: Sequence[str]) -> dict[str, Origin]:
    pack = centre.pack
    last = select(Stored.id).where(Stored.digest == centre.digest).scalar_subquery()
    query = select(Stored).where(Stored.pack == pack, Stored.id <= last).order_by(Stored.id.desc())
    rows = list(session.scalars(query))
    found: dict[str, Origin] = {}
    open_paths = dict.fromkeys(paths)
    now: Mapping[str, Any] | None = None
    for row in rows:
        content = load_layer(PackSource(pack, files_of(session, row)), row.parent).content
        now = content if now is None else now
        for path in list(open_paths):
            if canonical(_said(content, path)) != canonical(_said(now, path)):
                del open_paths[path]
            else:
                found[path] = Origin(row.created_at, row.created_by)
        if not open_paths:
            break
    return found


def _said(content: Mapping[str, Any], path: str) -> Any:
    """Return what a layer says at a place; of an entry of a list, what it says of the list."""
    parts = pointers.split(path)
    plain = next((parts[:at] for at, part in enumerate(parts) if part.startswith("=")), parts)
    return pointers.get(content, pointers.join(plain), None)
