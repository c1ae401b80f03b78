"""Tell which roles see personal data or lead to them, and which of them nobody has confirmed yet.

What a role may do follows from the release in force, so a role can become sensitive after it was given. Then it waits
like one that is given now: whether it does is asked at each working out of an access, and no job has to be in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_
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


@dataclass(slots=True)
class Waiting:
    """Tell which roles wait, with each role at each unit judged once: for as long as one act or page takes."""

    portal: Portal
    session: Session
    _sensitive: dict[tuple[str, int], bool] = field(default_factory=dict)

    def __call__(self, given: Assignment, unit: Unit) -> bool:
        """Return whether a role does not hold until a second person confirms it.

        One person's act, and nobody's confirmation, is enough only as long as the role is not sensitive.
        """
        if given.confirmed_at is None:
            return True
        alone = given.given_by is not None and given.confirmed_by_name is None
        return alone and self.if_alone(given.role, unit)

    def if_alone(self, role: str, unit: Unit) -> bool:
        """Return whether a role that one person gave, and nobody confirmed, waits."""
        if not self.portal.policy.second_person:
            return False
        key = (role, unit.id)
        if key not in self._sensitive:
            self._sensitive[key] = is_sensitive(self.portal, self.session, role, unit)
        return self._sensitive[key]


def is_waiting(portal: Portal, session: Session, given: Assignment, unit: Unit) -> bool:
    """Return whether one role waits; where several are asked about, ``Waiting`` judges each only once."""
    return Waiting(portal, session)(given, unit)


def given_alone() -> ColumnElement[bool]:
    """Return the condition that one person gave a role, and that nobody confirmed it."""
    return and_(Assignment.given_by.is_not(None), Assignment.confirmed_by_name.is_(None))


def may_wait() -> ColumnElement[bool]:
    """Return the condition without which no role waits; those for which it holds are judged one by one."""
    return or_(Assignment.confirmed_at.is_(None), given_alone())


def _leads_to_data(bundle: Bundle, grant: Grant) -> bool:
    if grant.entity == ANY:
        return True
    if grant.entity in THINGS:
        # Who changes things of the portal can make a way to personal data: by an account, a release, a unit that moves.
        return grant.writes
    return bundle.has_entity(grant.entity) and bool(bundle.protected(grant.entity))
