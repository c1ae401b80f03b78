"""Assign roles at units to people, and take them away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound, msg
from portal.persistence.models import Assignment, Role, Unit, User
from portal.persistence.scope import subtree
from portal.services import units
from portal.services.users.authority import require_may_give, require_may_keep
from portal.services.users.homes import settle
from portal.services.users.second_person import giver, tie, waits
from portal.services.users.sensitive import is_waiting

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """A role that a person holds at a unit, or will hold when another person than ``given_by`` has confirmed it."""

    id: int
    user_id: int
    username: str
    name: str
    role: str
    unit_id: int
    unit_code: str
    unit_name: str
    waits: bool = False
    given_by: int | None = None


def assign(uow: Work, user_id: int, role: str, unit_code: str, *, audited: bool = True) -> Assignment:
    """Give a person a role at a unit and everything below it; one that sees personal data may have to be confirmed."""
    unit = units.by_code(uow.session, unit_code)
    require_may_keep(uow.portal, uow.session, uow.access, user_id)
    require_may_give(uow.portal, uow.session, uow.access, role, unit)
    user = uow.session.get(User, user_id)
    known = uow.session.scalar(select(Role).where(Role.name == role))
    if user is None or known is None:
        raise NotFound("user.unknown", msg("There is no such account or role"))
    held = select(Assignment.id).where(
        Assignment.user_id == user_id, Assignment.role == role, Assignment.unit_id == unit.id
    )
    if uow.session.scalar(held):
        raise Conflict("user.assigned", msg("That role is held at that unit already"))
    waiting = waits(uow, role, unit)
    assignment = Assignment(
        user_id=user_id,
        role=role,
        unit_id=unit.id,
        created_at=uow.now,
        created_by_name=uow.access.name,
        given_by=giver(uow),
        confirmed_at=None if waiting else uow.now,
    )
    uow.add(assignment)
    tie(uow.session, user, role)
    settle(uow.session, user_id)
    if audited:
        _audit(uow, "assign", assignment, user, unit)
    return assignment


def revoke(uow: Work, assignment_id: int, reason: str = "") -> None:
    """Take a role at a unit away; it holds from the person's next request on.

    An account without any role stays in its last unit, open: it can sign in and sees nothing but itself.
    """
    assignment = uow.session.get(Assignment, assignment_id)
    if assignment is None:
        raise NotFound("user.unassigned", msg("There is no such assignment"))
    unit = units.by_id(uow.session, assignment.unit_id)
    require_may_keep(uow.portal, uow.session, uow.access, assignment.user_id)
    user = uow.session.get_one(User, assignment.user_id)
    uow.session.delete(assignment)
    tie(uow.session, user, assignment.role)
    settle(uow.session, user.id)
    _audit(uow, "revoke", assignment, user, unit, reason)


def assignments(
    session: Session,
    user_id: int | None = None,
    unit_path: str | None = None,
    *,
    waiting: bool = False,
    portal: Portal | None = None,
) -> list[AssignmentView]:
    """Return who holds which role where, those that wait to be confirmed included; only these with ``waiting``.

    With the portal, roles that became sensitive after they were given are told as waiting, too.
    """
    query = (
        select(Assignment, User, Unit)
        .join(User, User.id == Assignment.user_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .order_by(Unit.path, Assignment.role, User.username)
    )
    if user_id is not None:
        query = query.where(Assignment.user_id == user_id)
    if waiting:
        query = query.where(Assignment.confirmed_by_name.is_(None))
    if unit_path is not None:
        query = query.where(subtree(Unit.path, (unit_path,)))
    found = [
        AssignmentView(
            one.id,
            user.id,
            user.username,
            f"{user.last_name}{user.first_name}",
            one.role,
            unit.id,
            unit.code,
            unit.name,
            _waits(portal, session, one, unit),
            one.given_by,
        )
        for one, user, unit in session.execute(query)
    ]
    return [one for one in found if one.waits] if waiting else found


def _waits(portal: Portal | None, session: Session, one: Assignment, unit: Unit) -> bool:
    if portal is None:
        return one.confirmed_at is None
    return is_waiting(portal, session, one, unit)


def _audit(uow: Work, action: str, assignment: Assignment, user: User, unit: Unit, reason: str = "") -> None:
    detail: dict[str, object] = {"role": assignment.role, "unit": unit.code}
    if assignment.confirmed_at is None:
        detail["waits"] = True
    before, after = (None, detail) if action == "assign" else (detail, None)
    uow.audit(
        action,
        assignment,
        kind="user",
        object_id=user.username,
        unit_path=unit.path,
        before=before,
        after=after,
        reason=reason,
    )
