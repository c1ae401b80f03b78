"""Colleagues: who works at which unit in a role that takes steps of a type, so that a task can be given to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.access import TRANSITION, grants_of
from portal.persistence.models import Assignment, Unit, User
from portal.persistence.scope import door
from portal.services.users.access import definition_at
from portal.services.users.sensitive import Waiting, given_alone

if TYPE_CHECKING:
    from portal.services.portal import Portal

_HELD = door(
    select(
        User.id,
        User.username,
        User.last_name,
        User.first_name,
        Assignment.role,
        Assignment.unit_id,
        given_alone().label("alone"),
    )
    .join(User, User.id == Assignment.user_id)
    .where(
        User.active.is_(True),
        Assignment.confirmed_at.is_not(None),
        Assignment.unit_id.in_(bindparam("units", expanding=True)),
    )
    .order_by(User.last_name, User.first_name, User.id, Assignment.id),
    "a task is given to a colleague by name; nothing else of the account is told",
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A role that an account holds at a unit, with the name of the person."""

    user_id: int
    name: str
    role: str
    unit_id: int


def colleagues(portal: Portal, session: Session, etype: str, units: Collection[Unit]) -> list[Colleague]:
    """Return those who may take steps of a type by a role held at exactly one of some units, by name."""
    known = {unit.id: unit for unit in units}
    rows = session.execute(_HELD, {"units": sorted(known)}).all() if known else []
    waiting = Waiting(portal, session)
    works: dict[tuple[str, int], bool] = {}
    found = []
    for row in rows:
        unit, key = known[row.unit_id], (row.role, row.unit_id)
        if key not in works:
            grants = grants_of(row.role, unit.path, definition_at(portal, session, row.role, unit))
            works[key] = any(grant.allows(etype, TRANSITION) for grant in grants)
        if works[key] and not (row.alone and waiting.if_alone(row.role, unit)):
            name = f"{row.last_name}{row.first_name}".strip() or row.username
            found.append(Colleague(row.id, name, row.role, row.unit_id))
    return found
