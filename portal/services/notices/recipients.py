"""Whom a message of the outbox concerns: accounts, never the one that acted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import LIST, REFER, SHOW, grants_of
from portal.core.messages import (
    CorrectionSettled,
    FactsChanged,
    Message,
    MuchDisclosed,
    ReferralChanged,
    RolesCalled,
    TaskDone,
    TaskGiven,
)
from portal.core.referrals import ENDED, REPLACED, SENT, event_of
from portal.persistence.models import Assignment, Record, Referral, Unit, User
from portal.services.records.handling.tasks.owners import seeing_paths
from portal.services.users.access import access_of, definition_at
from portal.services.users.sensitive import Waiting

if TYPE_CHECKING:
    from portal.services.portal import Work

TO_RECEIVER = frozenset({event_of(SENT), event_of("revoked"), event_of(REPLACED), event_of(ENDED)})


def recipients(uow: Work, topic: str, message: Message) -> list[int]:
    """Return the accounts that a message concerns, each once, in a fixed order."""
    find = _FINDERS.get(type(message))
    found = find(uow, topic, message) if find is not None else ()
    return sorted({user for user in found if user and user != message.actor})


def _referral(uow: Work, topic: str, message: ReferralChanged) -> Iterable[int]:
    """Yield the people of the unit that a matter goes to, or those who registered and sent a matter now answered."""
    if topic in TO_RECEIVER:
        return _workers(uow, message.unit, message.etype)
    return [user for user in (message.registered_by, message.sent_by) if _sees(uow, user, message)]


def _facts(uow: Work, topic: str, message: FactsChanged) -> Iterable[int]:
    return _workers(uow, message.handler, message.etype) if message.handler is not None else ()


def _roles(uow: Work, topic: str, message: RolesCalled) -> Iterable[int]:
    """Those who hold a role at the centre itself, and those who work at a department of it."""
    found = [user for user, role, _unit in _assigned(uow, message.centre) if role in message.roles]
    centre = uow.session.get(Unit, message.centre)
    codes = [f"{centre.code}:{name}" for name in message.departments] if centre is not None else []
    for unit in uow.session.scalars(select(Unit).where(Unit.code.in_(codes))) if codes else ():
        found += [user for user, _role, _unit in _assigned(uow, unit.id)]
    return found


def _given(uow: Work, topic: str, message: TaskGiven) -> Iterable[int]:
    """Yield the person whom a task was given, those of the role at the unit, or the people of another unit."""
    if message.owner:
        return [message.owner] if _may_open(uow, message.owner, message.record) else []
    if message.role:
        return [user for user, role, _unit in _assigned(uow, message.unit) if role == message.role]
    record = uow.session.scalar(select(Record).where(Record.uid == message.record))
    # At the unit that owns the record everybody finds it in the list of tasks; nobody is called by it.
    if record is None or record.unit_id == message.unit:
        return []
    return _workers(uow, message.unit, message.etype)


def _task_done(uow: Work, topic: str, message: TaskDone) -> Iterable[int]:
    """Yield the person who gave a task that is done."""
    return [message.given_by] if _may_open(uow, message.given_by, message.record) else []


def _may_open(uow: Work, user: int, uid: str) -> bool:
    """Tell whether an account sees a record by the units that deal with it."""
    record = uow.session.scalar(select(Record).where(Record.uid == uid))
    if record is None:
        return False
    access = access_of(uow.portal, user, uow.session)
    return access.allows(record.etype, SHOW, *seeing_paths(uow.session, record))


def _asker(uow: Work, topic: str, message: CorrectionSettled) -> Iterable[int]:
    """Return the account that asked, as long as it may still open the record."""
    record = uow.session.scalar(select(Record).where(Record.uid == message.record))
    if record is None or not message.asked_by:
        return ()
    access = access_of(uow.portal, message.asked_by, uow.session)
    seen = access.allows(record.etype, SHOW, record.unit_path, record.handler_path)
    return (message.asked_by,) if seen else ()


def _auditors(uow: Work, topic: str, message: MuchDisclosed) -> Iterable[int]:
    """Yield those who may read the audit log of a unit, there or above."""
    place = uow.session.get(Unit, message.unit)
    if place is None:
        return
    above = [int(one) for one in place.path.strip("/").split("/") if one]
    query = (
        select(Assignment, Unit)
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(User, User.id == Assignment.user_id)
        .where(User.active, Assignment.confirmed_at.is_not(None), Unit.id.in_(above))
        .order_by(Assignment.id)
    )
    waiting = Waiting(uow.portal, uow.session)
    for one, unit in uow.session.execute(query):
        if waiting(one, unit):
            continue
        grants = grants_of(one.role, unit.path, definition_at(uow.portal, uow.session, one.role, unit))
        if any(grant.allows("audit", LIST) for grant in grants):
            yield one.user_id


def _workers(uow: Work, unit_id: int, etype: str) -> list[int]:
    """Return the accounts that may answer referrals of a type by a role held at a unit itself."""
    found = []
    for user, role, unit in _assigned(uow, unit_id):
        definition = definition_at(uow.portal, uow.session, role, unit)
        if any(grant.allows(etype, REFER) for grant in grants_of(role, unit.path, definition)):
            found.append(user)
    return found


def _assigned(uow: Work, unit_id: int) -> list[tuple[int, str, Unit]]:
    query = (
        select(Assignment, Unit)
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(User, User.id == Assignment.user_id)
        .where(Assignment.unit_id == unit_id, Assignment.confirmed_at.is_not(None), User.active)
        .order_by(Assignment.id)
    )
    waiting = Waiting(uow.portal, uow.session)
    return [
        (one.user_id, one.role, unit) for one, unit in uow.session.execute(query) if not waiting(one, unit)
    ]


def _sees(uow: Work, user: int, message: ReferralChanged) -> bool:
    """Tell whether an account may still open the record: roles change, and a person moves to another unit."""
    record = uow.session.scalar(select(Record).where(Record.uid == message.record))
    if record is None or not user:
        return False
    sender = uow.session.scalar(select(Referral.from_path).where(Referral.uid == message.referral))
    access = access_of(uow.portal, user, uow.session)
    return access.allows(record.etype, SHOW, record.unit_path, record.handler_path, sender)


_FINDERS: dict[type[Message], Callable[[Work, str, Any], Iterable[int]]] = {
    ReferralChanged: _referral,
    FactsChanged: _facts,
    RolesCalled: _roles,
    CorrectionSettled: _asker,
    MuchDisclosed: _auditors,
    TaskGiven: _given,
    TaskDone: _task_done,
}
