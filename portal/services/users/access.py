"""Work out what a person may do: assignments, times what the release in force there says of each role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import Access, Grant, grants_of
from portal.persistence import scope
from portal.persistence.models import AccessStamp, Assignment, Unit, User
from portal.persistence.moments import now_of
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of
from portal.services.units.in_force import Stamp
from portal.services.users.sensitive import is_waiting

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role held at a unit, what the release in force there says of it, and whether it waits to be confirmed."""

    role: str
    unit: Unit
    definition: Mapping[str, Any] | None
    waits: bool = False


def access_of(
    portal: Portal, user_id: int, session: Session | None = None, stamp: Stamp | None = None
) -> Access:
    """Return the access of a person as of now.

    The access stamp tells whether anybody's access changed, or whether another release came into force; only then
    is it worked out again. A caller that has read the stamp in this transaction passes it on.
    """
    if session is None:
        with portal.reading(Access.nobody()) as own:
            return access_of(portal, user_id, own)
    if stamp is None:
        stored = session.scalar(select(func.max(AccessStamp.stamp))) or 0
        stamp = portal.switches.stamp(session, stored, now_of(session))
    known = portal.accesses.get(stamp, user_id)
    if known is None:
        with scope.as_system(session, "what somebody may do is worked out"):
            known = _work_out(portal, session, user_id)
        portal.accesses.put(stamp, user_id, known)
    return known


def _work_out(portal: Portal, session: Session, user_id: int) -> Access:
    user = session.get(User, user_id)
    if user is None or not user.active:
        return Access.nobody()
    held = [one for one in roles_held(portal, session, user_id) if not one.waits]
    grants: list[Grant] = []
    for one in held:
        shown = portal.policy.admin_records
        grants.extend(grants_of(one.role, one.unit.path, one.definition, admin_records=shown))
    memberships = tuple((one.role, one.unit.path) for one in held)
    name = f"{user.last_name}{user.first_name}".strip() or user.username
    return Access(user.id, name, tuple(grants), memberships=memberships)


def roles_held(portal: Portal, session: Session, user_id: int) -> list[RoleHeld]:
    """Return the roles a person holds, and those that wait to be confirmed; those of upper units first."""
    query = (
        select(Assignment, Unit)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Assignment.user_id == user_id)
        .order_by(func.length(Unit.path), Assignment.id)
    )
    return [
        RoleHeld(
            one.role,
            unit,
            definition_at(portal, session, one.role, unit),
            is_waiting(portal, session, one, unit),
        )
        for one, unit in session.execute(query)
    ]


def definition_at(portal: Portal, session: Session, role: str, unit: Unit) -> Mapping[str, Any] | None:
    """Return a role as the release in force at a unit defines it; None where it does not know it."""
    centre = centre_of(session, unit)
    return pinned(portal, session, centre.release_id).roles.get(role) if centre else None
