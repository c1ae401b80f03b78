"""Let roles that see personal data, or lead to it, wait until a second person confirms them.

A keeper of accounts could otherwise make one, give it such a role, sign in to it and read cases; or set the password of
a director, and sign in as that one. What a keeper gives waits until another person who may give it confirms it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import ADMIN, ANY, THINGS, Grant, grants_of
from portal.core.errors import Conflict, Forbidden, NotFound, msg
from portal.persistence.models import Assignment, Role, Unit, User
from portal.services import units
from portal.services.bundles import Bundle
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of
from portal.services.users.authority import require_may_give, require_may_keep

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

# Who changes these can make a way to personal data: for an account, by a release, by moving a unit.
WAYS = frozenset({"user", "release", "unit"})


def waits(uow: Work, role: str, unit: Unit) -> bool:
    """Return whether a role that this work gives, or could sign in to, has to be confirmed by another person."""
    asked = uow.portal.policy.second_person and not uow.access.unlimited
    return asked and is_sensitive(uow.portal, uow.session, role, unit)


def is_sensitive(portal: Portal, session: Session, role: str, unit: Unit) -> bool:
    """Return whether a role at a unit sees personal data, or leads to it; one that nobody knows there may, one day."""
    centre = centre_of(session, unit)
    bundle = pinned(portal, session, centre.release_id) if centre is not None else None
    definition = bundle.roles.get(role) if bundle is not None else None
    if role == ADMIN or bundle is None or definition is None:
        return True
    return any(_leads_to_data(bundle, grant) for grant in grants_of(role, unit.path, definition))


def _leads_to_data(bundle: Bundle, grant: Grant) -> bool:
    if grant.entity == ANY:
        return True
    if grant.entity in THINGS:
        return grant.entity in WAYS and grant.writes
    return bundle.has_entity(grant.entity) and bool(bundle.protected(grant.entity))


def confirm(uow: Work, assignment_id: int, reason: str = "") -> None:
    """Let a role take effect that another person gave; it holds from the person's next request on."""
    assignment = uow.session.get(Assignment, assignment_id)
    if assignment is None:
        raise NotFound("user.unassigned", msg("There is no such assignment"))
    unit = units.by_id(uow.session, assignment.unit_id)
    require_may_keep(uow.portal, uow.session, uow.access, assignment.user_id)
    require_may_give(uow.portal, uow.session, uow.access, assignment.role, unit)
    if assignment.confirmed_at is not None:
        raise Conflict("user.confirmed", msg("This role is confirmed already"))
    if not uow.access.unlimited and assignment.given_by in (None, uow.access.user_id):
        raise Forbidden(
            "user.second_person",
            msg(
                "You gave this role or set the password yourself: another person who keeps accounts confirms it"
            ),
        )
    user = uow.session.get_one(User, assignment.user_id)
    assignment.confirmed_at, assignment.confirmed_by_name = uow.now, uow.access.name
    tie(uow.session, user, assignment.role)
    uow.audit(
        "confirm",
        assignment,
        kind="user",
        object_id=user.username,
        unit_path=unit.path,
        after={"role": assignment.role, "unit": unit.code},
        reason=reason,
    )


def rest(uow: Work, user: User) -> list[Assignment]:
    """Let the sensitive roles of an account wait again, whose password this work has set."""
    held = select(Assignment).where(Assignment.user_id == user.id)
    found = []
    for one in uow.session.scalars(held.order_by(Assignment.id)).all():
        if waits(uow, one.role, units.by_id(uow.session, one.unit_id)):
            one.given_by, one.confirmed_at, one.confirmed_by_name = uow.access.user_id, None, None
            found.append(one)
    for role in {one.role for one in found}:
        tie(uow.session, user, role)
    return found


def tie(session: Session, user: User, role: str) -> None:
    """Give an account the framework's role of that name while it holds one that is confirmed, and else take it away."""
    session.flush()
    held = select(Assignment.id).where(
        Assignment.user_id == user.id, Assignment.role == role, Assignment.confirmed_at.is_not(None)
    )
    holds = session.scalar(held.limit(1)) is not None
    known = session.scalar(select(Role).where(Role.name == role))
    if holds and known is not None and known not in user.roles:
        user.roles.append(known)
    elif not holds:
        user.roles = [one for one in user.roles if one.name != role]
    session.flush()
