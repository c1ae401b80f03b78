"""Read releases: the pointer each time from the database, the compiled bundle from the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, undefer

from portal.core.errors import NotFound, msg
from portal.core.packs import Release as Content
from portal.persistence.models import Release, Unit
from portal.services.bundles import Bundle
from portal.services.releases.slots import stored_fields
from portal.services.units.centres import CentreRef, centre_of, no_centre

if TYPE_CHECKING:
    from portal.services.portal import Portal


def for_unit(portal: Portal, session: Session, unit: Unit) -> Bundle:
    """Return the release in force at a unit: its own centre's, else its nearest ancestor's."""
    return for_centre(portal, session, unit)[1]


def for_centre(portal: Portal, session: Session, unit: Unit) -> tuple[CentreRef, Bundle]:
    """Return the centre responsible for a unit and the release in force there."""
    centre = centre_of(session, unit)
    if centre is None:
        raise no_centre(unit)
    return centre, pinned(portal, session, centre.release_id)


def pinned(portal: Portal, session: Session, release_id: int) -> Bundle:
    """Return a release by identifier: the one a record was entered under."""
    known = portal.bundles.get(release_id)
    if known is not None:
        return known
    release = session.get(Release, release_id, options=[undefer(Release.bundle)])
    if release is None:
        raise NotFound("release.unknown", msg("There is no such release"))
    content = _verified(release)
    bundle = content.current_bundle
    fields = stored_fields(session, bundle)
    return portal.bundles.put(
        Bundle(release.id, release.pack, release.version, release.digest, bundle, fields)
    )


def _verified(release: Release) -> Content:
    """Return the content of a stored release; refuse one that was altered in the database."""
    return Content.from_json(
        {
            "pack": release.pack,
            "version": release.version,
            **release.manifest,
            "chain": release.chain,
            "bundle": release.bundle,
            "digest": release.digest,
            **({"format": release.format} if release.format > 1 else {}),
        }
    )
