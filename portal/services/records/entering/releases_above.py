"""The releases in force above a record: an older record is found by the fields that they declare, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.releases.reading import pinned
from portal.services.units.centres import all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal


def releases_above(portal: Portal, session: Session, record: Record) -> list[Bundle]:
    """Return the other releases in force at the centres of a record's unit and of the units above, nearest last."""
    ids = dict.fromkeys(
        centre.release_id
        for centre in all_centres(session)
        if record.unit_path.startswith(centre.unit_path) and centre.release_id != record.release_id
    )
    return [pinned(portal, session, release_id) for release_id in ids]
