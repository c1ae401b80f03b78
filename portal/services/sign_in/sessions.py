"""Sessions of signed-in people: kept by the server, so that they can be ended there."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.persistence import account_events, scope
from portal.persistence.models import AccessStamp, SignInSession, User
from portal.persistence.types import UtcDateTime
from portal.services.portal import Portal, Work
from portal.services.sign_in.limits import Limits

_ROW = SignInSession.__table__.c


@dataclass(frozen=True, slots=True)
class Found:
    """The session of a request, with its user, and the stamp of everybody's access at that moment."""

    id: int
    user: User
    seen_at: dt.datetime
    stamp: int

    def stale(self, now: dt.datetime, limits: Limits) -> bool:
        """Return whether it is time to write that the session is in use."""
        return now - self.seen_at >= limits.touched


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session that goes on, as its user sees it."""

    id: int
    channel: str
    ip: str
    agent: str
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime


def start(uow: Work, user_id: int, agent: str, limits: Limits) -> str:
    """Begin a session and return its secret, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    uow.add(
        SignInSession(
            digest=digest_of(token),
            user_id=user_id,
            channel=uow.origin.channel,
            ip=uow.origin.ip[:45],
            agent="".join(letter for letter in agent if letter.isprintable())[:200],
            created_at=uow.now,
            seen_at=uow.now,
            expires_at=uow.now + limits.absolute,
        )
    )
    uow.session.flush()
    return token


def forget_ended(uow: Work) -> None:
    """Remove the sessions whose time is over, of everybody."""
    uow.session.execute(delete(SignInSession).where(_ROW.expires_at <= uow.now))


def find(session: Session, token: str, user_id: int, now: dt.datetime, limits: Limits) -> Found | None:
    """Return the session that a secret belongs to, while it lasts; one statement by an index."""
    values = {"digest": digest_of(token), "user_id": user_id, "now": now, "idle_since": now - limits.idle}
    row = session.execute(_FIND, values).first()
    return None if row is None else Found(row[1], row[0], row[2], row[3] or 0)


def touch(portal: Portal, session_id: int) -> None:
    """Write that a session is in use."""
    now = portal.clock.now()
    with portal.database.writers() as session:
        scope.enter(session, Access.system("a session is in use"))
        session.execute(
            update(SignInSession).where(_ROW.id == session_id, _ROW.seen_at < now).values(seen_at=now)
        )
        session.commit()


def sessions_of(session: Session, user_id: int, now: dt.datetime, limits: Limits) -> list[SessionView]:
    """Return the sessions of a user that go on, the latest used first."""
    query = select(SignInSession).where(_ROW.user_id == user_id, *_going_on(now, now - limits.idle))
    return [
        SessionView(one.id, one.channel, one.ip, one.agent, one.created_at, one.seen_at, one.expires_at)
        for one in session.scalars(query.order_by(_ROW.seen_at.desc(), _ROW.id.desc()))
    ]


def sign_out(portal: Portal, token: str, user: User, access: Access, origin: Origin) -> None:
    """End the session of a secret."""
    with portal.writing(access, origin) as uow:
        if _end(uow, _ROW.digest == digest_of(token), _ROW.user_id == user.id):
            _audit(uow, "logout", user)
            uow.commit()


def end_one(uow: Work, user: User, session_id: int) -> bool:
    """End one session of a user; False where there is none."""
    ended = _end(uow, _ROW.id == session_id, _ROW.user_id == user.id)
    if ended:
        _audit(uow, "end_session", user, 1)
    return bool(ended)


def end_all(uow: Work, user: User) -> int:
    """End all sessions of a user, on every device; return how many went on."""
    ended = account_events.end_sessions(uow.session, [user.id])
    if ended:
        _audit(uow, "end_session", user, ended)
    return ended


def _going_on(now: Any, idle_since: Any) -> tuple[ColumnElement[bool], ...]:
    return _ROW.ended_at.is_(None), _ROW.expires_at > now, _ROW.seen_at > idle_since


# Every request runs it, so it is built once.
_FIND = scope.prepared(
    scope.door(
        scope.one_plan(
            select(User, _ROW.id, _ROW.seen_at, select(func.max(AccessStamp.stamp)).scalar_subquery())
            .join(SignInSession, _ROW.user_id == User.id)
            .where(
                _ROW.digest == bindparam("digest"),
                User.id == bindparam("user_id"),
                User.active,
                *_going_on(bindparam("now", type_=UtcDateTime), bindparam("idle_since", type_=UtcDateTime)),
            )
        ),
        "a secret names its session before its person is known",
    )
)


def _end(uow: Work, *which: ColumnElement[bool]) -> int:
    statement = update(SignInSession).where(*which, _ROW.ended_at.is_(None)).values(ended_at=uow.now)
    return uow.session.connection().execute(statement).rowcount


def _audit(uow: Work, action: str, user: User, ended: int | None = None) -> None:
    held = uow.access.memberships
    path = held[0][1] if held else "/"
    after = None if ended is None else {"sessions": ended}
    uow.audit_event(action, kind="user", object_id=user.username, unit_path=path, after=after)


def digest_of(token: str) -> str:
    """Return the digest of a secret that the database holds."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
