"""Let roles that see personal data, or lead to it, wait until a second person confirms them.

A keeper of accounts could otherwise make one, give it such a role, sign in to it and read cases; or set the password of
a director, and sign in as that one. What a keeper gives waits until another person who may give it confirms it; a role
that was given while it led to nothing waits from the moment at which a release lets it see personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, Forbidden, NotFound, msg
from portal.persistence.models import Assignment, Role, Unit, User
from portal.services import units
from portal.services.users.authority import require_may_give, require_may_keep
from portal.services.users.sensitive import is_sensitive, is_waiting

if TYPE_CHECKING:
    from portal.services.portal import Work


def waits(uow: Work, role: str, unit: Unit) -> bool:
    """Return whether a role that this work gives, or could sign in to, has to be confirmed by another person."""
    return _asked(uow) and is_sensitive(uow.portal, uow.session, role, unit)


def giver(uow: Work) -> int | None:
    """Return whose act gives a role, where another person has to confirm it as soon as it is sensitive."""
    return uow.access.user_id if _asked(uow) else None


def _asked(uow: Work) -> bool:
    return uow.portal.policy.second_person and not uow.access.unlimited


def confirm(uow: Work, assignment_id: int, reason: str = "") -> None:
    """Let a role take effect that another person gave; it holds from the person's next request on."""
    assignment = uow.session.get(Assignment, assignment_id)
    if assignment is None:
        raise NotFound("user.unassigned", msg("There is no such assignment"))
    unit = units.by_id(uow.session, assignment.unit_id)
    require_may_keep(uow.portal, uow.session, uow.access, assignment.user_id)
    require_may_give(uow.portal, uow.session, uow.access, assignment.role, unit)
    if not is_waiting(uow.portal, uow.session, assignment, unit):
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
    """Let the sensitive roles of an account wait again, whose password this work has set; others, once they are it."""
    held = select(Assignment).where(Assignment.user_id == user.id)
    found: list[Assignment] = []
    if not _asked(uow):
        return found
    for one in uow.session.scalars(held.order_by(Assignment.id)).all():
        one.given_by, one.confirmed_by_name = uow.access.user_id, None
        if waits(uow, one.role, units.by_id(uow.session, one.unit_id)):
            one.confirmed_at = None
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
