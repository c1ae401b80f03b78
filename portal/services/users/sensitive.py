"""Tell which roles see personal data or lead to them, and which of them nobody has confirmed yet.

What a role may do follows from the release in force, so a role can become sensitive after it was given. Then it waits
like one that is given now: whether it does is asked at each working out of an access, and no job has to be in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import ADMIN, ANY, THINGS, Grant, grants_of
from portal.persistence.models import Assignment, Unit
from portal.services.bundles import Bundle
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of

if TYPE_CHECKING:
    from portal.services.portal import Portal


def is_sensitive(portal: Portal, session: Session, role: str, unit: Unit) -> bool:
    """Return whether a role at a unit sees personal data, or leads to it; one that nobody knows there may, one day."""
    centre = centre_of(session, unit)
    bundle = pinned(portal, session, centre.release_id) if centre is not None else None
    definition = bundle.roles.get(role) if bundle is not None else None
    if role == ADMIN or bundle is None or definition is None:
        return True
    return any(_leads_to_data(bundle, grant) for grant in grants_of(role, unit.path, definition))


def is_waiting(portal: Portal, session: Session, given: Assignment, unit: Unit) -> bool:
    """Return whether a role does not hold until a second person confirms it.

    One person's act, and nobody's confirmation, is enough only as long as the role is not sensitive.
    """
    if given.confirmed_at is None:
        return True
    alone = given.given_by is not None and given.confirmed_by_name is None
    return alone and portal.policy.second_person and is_sensitive(portal, session, given.role, unit)


def _leads_to_data(bundle: Bundle, grant: Grant) -> bool:
    if grant.entity == ANY:
        return True
    if grant.entity in THINGS:
        # Who changes things of the portal can make a way to personal data: by an account, a release, a unit that moves.
        return grant.writes
    return bundle.has_entity(grant.entity) and bool(bundle.protected(grant.entity))
