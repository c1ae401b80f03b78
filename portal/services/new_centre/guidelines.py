"""What a new centre can work by: the releases in force above it, the nearest first, and the foundation of all packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from portal.core import pointer as pointers
from portal.core.access import ADD, ROOT, Access
from portal.core.drafts.owners import things_of
from portal.core.errors import NotFound, msg
from portal.core.packs import resolve
from portal.core.packs.starting.surroundings import FOUNDATION
from portal.core.text import Text
from portal.persistence.models import Release, Unit
from portal.persistence.models.release import APPROVED
from portal.services import releases, units
from portal.services.releases.effect import running_at
from portal.services.releases.states import states_of

if TYPE_CHECKING:
    from portal.services.portal import Work

# The parts that say most of a configuration to somebody who chooses one.
TOLD = ("forms", "rules", "lifecycles", "deadlines", "documents", "taxonomies", "worklists", "roles")
BY_TITLE = {"forms": "/*", "lifecycles": "/*/stages/*"}


@dataclass(frozen=True, slots=True)
class Guideline:
    """A configuration that a new centre can work by: whose it is, and how much each part holds."""

    key: str
    title: Text
    version: str
    owner: str
    contents: tuple[tuple[str, int], ...]
    release_id: int | None = None
    words: Mapping[str, str] | None = None


def guidelines_for(session: Session, access: Access, unit: Unit) -> list[Guideline]:
    """Return what a centre of a unit can work by."""
    found: dict[str, Guideline] = {}
    for above in reversed(units.trail(session, unit)[:-1]):
        running = running_at(session, above.id)
        if running is not None:
            release = session.get_one(Release, running.release_id, options=[undefer(Release.bundle)])
            found.setdefault(release.pack, _guideline(release, above.name, unit.code))
    if FOUNDATION not in found:
        base = _foundation(session, access)
        if base is not None:
            found[FOUNDATION] = base
    return list(found.values())


def named(found: list[Guideline], key: str) -> Guideline:
    """Return the guideline with a key; NotFound where it is none that was offered."""
    chosen = next((one for one in found if one.key == key), None)
    if chosen is None:
        raise NotFound("centre.guideline", msg("Choose the configuration that the centre is to work by"))
    return chosen


def release_of(uow: Work, chosen: Guideline) -> int:
    """Return the release of a guideline; the foundation becomes one where it is none yet."""
    if chosen.release_id is not None:
        return chosen.release_id
    resolved = resolve(FOUNDATION, releases.StoreLibrary(uow.session))
    return releases.publish(uow, resolved, reason="new centre", terms=releases.Terms(in_force=False)).id


def _guideline(release: Release, owner: str, code: str) -> Guideline:
    bundle = release.bundle
    words = ((bundle.get("units") or {}).get("centres") or {}).get(code) or {}
    return Guideline(
        release.pack, release.title, release.version, owner, _contents(bundle), release.id, words
    )


def _contents(bundle: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    counts = ((name, _many(name, bundle[name])) for name in TOLD if bundle.get(name))
    return tuple(one for one in counts if one[1])


def _many(name: str, section: Any) -> int:
    """Return how many things of a part there are, as its title calls them: forms and not fields, stages alone."""
    places = pointers.found(section, BY_TITLE[name]) if name in BY_TITLE else things_of(name, section)
    return len(list(places))


def _foundation(session: Session, access: Access) -> Guideline | None:
    """Return the foundation as it was approved last, or as it is stored for those who may make a release of it."""
    query = select(Release).where(Release.pack == FOUNDATION).order_by(Release.id.desc())
    stored = list(session.scalars(query.options(undefer(Release.bundle)).limit(20)))
    states = states_of(session, [one.id for one in stored])
    approved = next((one for one in stored if states.get(one.id) == APPROVED), None)
    if approved is not None:
        return _guideline(approved, "", "")
    layer = releases.newest_layer(session, FOUNDATION)
    if layer is None or not access.allows("release", ADD, ROOT):
        return None
    resolved = resolve(FOUNDATION, releases.StoreLibrary(session))
    return Guideline(FOUNDATION, resolved.manifest.title, layer.version, "", _contents(resolved.bundle))
