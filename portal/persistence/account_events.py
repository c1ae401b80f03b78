"""What follows from a change of an account, whoever makes it and through which screen.

Another password is kept among the past ones. Another password, a closed account and a role taken away end all
sessions of the account in the same transaction, so that no cookie and no token of it is good for anything after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, event, insert, inspect, select, update
from sqlalchemy.orm import Session

from portal.persistence.models import Assignment, Group, PastPassword, SignInSession, SignInStep, User

KEPT_PASSWORDS = 5


def _follow(session: Session, _context: Any) -> None:
    for user, new in _users(session):
        if inspect(user).attrs.password.history.added:
            _keep_password(session, user, new)
    ended = _lost_trust(session)
    if ended:
        end_sessions(session, ended)


def _users(session: Session) -> Iterable[tuple[User, bool]]:
    for thing in session.new:
        if isinstance(thing, User):
            yield thing, True
    for thing in session.dirty:
        if isinstance(thing, User):
            yield thing, False


def _keep_password(session: Session, user: User, new: bool) -> None:
    connection, past = session.connection(), PastPassword.__table__
    if not user.password:
        return
    connection.execute(insert(PastPassword), {"user_id": user.id, "password": user.password})
    if not new:
        kept = select(past.c.id).where(past.c.user_id == user.id).order_by(past.c.id.desc())
        stale = delete(PastPassword).where(
            past.c.user_id == user.id, past.c.id.not_in(kept.limit(KEPT_PASSWORDS).scalar_subquery())
        )
        connection.execute(stale)


def _lost_trust(session: Session) -> set[int]:
    """Return the users whose sessions may not go on."""
    found = {user.id for user, new in _users(session) if not new and _must_sign_in_again(user)}
    for thing in [*session.dirty, *session.deleted]:
        if isinstance(thing, Assignment) and (thing in session.deleted or _holds_less(thing)):
            found.add(thing.user_id)
        elif isinstance(thing, Group) and thing not in session.deleted:
            found |= _who_lost_by_group(thing)
    return found


def _holds_less(assignment: Assignment) -> bool:
    """Return whether a role that was held is another one now, is held elsewhere or waits to be confirmed again."""
    attributes: Any = inspect(assignment).attrs
    waits = attributes.confirmed_at.history.has_changes() and assignment.confirmed_at is None
    return waits or any(attributes[name].history.has_changes() for name in ("user_id", "role", "unit_id"))


def _who_lost_by_group(group: Group) -> set[int]:
    attributes = inspect(group).attrs
    gone = list(attributes.users.history.deleted or ())
    if attributes.roles.history.deleted:
        gone += group.users
    return {user.id for user in gone}


def _must_sign_in_again(user: User) -> bool:
    attributes = inspect(user).attrs
    closed = attributes.active.history.has_changes() and not user.active
    fewer_roles = attributes.roles.history.deleted or attributes.groups.history.deleted
    return bool(attributes.password.history.added or closed or fewer_roles)


def end_sessions(session: Session, user_ids: Iterable[int]) -> int:
    """End all sessions of some users, and sign-ins on their way; return how many sessions there were."""
    sessions, who = SignInSession.__table__.c, list(user_ids)
    statement = (
        update(SignInSession)
        .where(sessions.user_id.in_(who), sessions.ended_at.is_(None))
        .values(ended_at=dt.datetime.now(dt.UTC))
    )
    connection = session.connection()
    connection.execute(delete(SignInStep).where(SignInStep.__table__.c.user_id.in_(who)))
    return connection.execute(statement).rowcount


def install() -> None:
    """Listen on every session there is or will be."""
    if not event.contains(Session, "after_flush", _follow):
        event.listen(Session, "after_flush", _follow)
