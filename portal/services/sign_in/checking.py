"""Check a name and a password, and let the person in.

Nothing here tells an account that exists from one that does not: both cost the same statements and the same hash,
and both end in the same answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import func, or_, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from portal.core.access import Access, Origin
from portal.persistence.models import Assignment, Unit, User
from portal.services.portal import Portal, Work
from portal.services.sign_in import attempts, sessions
from portal.services.sign_in.limits import Limits

MAX_NAME, MAX_PASSWORD = 64, 1_024
NO_ACCOUNT = -1


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who has been let in, and the secret of the new session."""

    user_id: int
    token: str


@dataclass(frozen=True, slots=True)
class _Account:
    id: int
    username: str
    name: str
    password: str
    unit_path: str = "/"


def sign_in(
    portal: Portal, username: str, password: str, origin: Origin, agent: str, limits: Limits
) -> SignedIn | None:
    """Begin a session; None where the name or the password is wrong, LockedOut after too many of them."""
    lock = attempts.lock_of(username, origin.ip)
    attempt = attempts.count_attempt(portal, lock, limits)
    account = _account(portal, username)
    right = _is_right(account, password)
    with portal.writing(
        Access(account.id if account.id != NO_ACCOUNT else None, account.name), origin
    ) as uow:
        if right and _note_success(uow, account):
            attempts.forget_attempts(uow.session, lock)
            token = sessions.start(uow, account.id, agent, limits)
            _audit(uow, "login", account)
            uow.commit()
            return SignedIn(account.id, token)
        _note_failure(uow, account)
        _audit(uow, "login_failed", account, {"attempt": attempt})
        uow.commit()
    if attempt >= limits.failures:
        raise attempts.LockedOut(int(limits.window.total_seconds()))
    return None


@cache
def _nobodys_password() -> str:
    return generate_password_hash(secrets.token_urlsafe(24))


def _account(portal: Portal, username: str) -> _Account:
    usable = 0 < len(username) <= MAX_NAME and username.isprintable()
    asked = username if usable else secrets.token_hex()
    same = or_(User.username == asked, func.lower(User.username) == asked.lower())
    query = (
        select(User.id, User.username, User.last_name, User.first_name, User.password, Unit.path)
        .outerjoin(Assignment, Assignment.user_id == User.id)
        .outerjoin(Unit, Unit.id == Assignment.unit_id)
        .where(same, User.active)
        .order_by(User.username != asked, func.length(Unit.path))
        .limit(1)
    )
    dummy = _nobodys_password()
    with portal.reading(Access.nobody()) as session:
        row = session.execute(query).first()
    if row is None:
        # What was typed is not kept as it is: it may be a password in the wrong field.
        known = hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return _Account(NO_ACCOUNT, f"?{known}", f"?{known}", dummy)
    name = f"{row.last_name}{row.first_name}".strip() or row.username
    return _Account(row.id, row.username, name, row.password or dummy, row.path or "/")


def _is_right(account: _Account, password: str) -> bool:
    usable = len(password) <= MAX_PASSWORD and password.strip("\0") != ""
    try:
        matches = check_password_hash(account.password, password if usable else "-")
    except UnicodeEncodeError:
        matches = check_password_hash(account.password, "-") and False
    return matches and usable and account.id != NO_ACCOUNT


def _note_success(uow: Work, account: _Account) -> bool:
    """Keep FAB's statistics; False where the account was closed or got another password meanwhile."""
    users = User.__table__
    return _statistics(
        uow,
        account,
        users.c.active,
        users.c.password == account.password,
        login_count=func.coalesce(users.c.login_count, 0) + 1,
        # FAB's columns hold the server's local time.
        last_login=dt.datetime.now(),
        fail_login_count=0,
    )


def _note_failure(uow: Work, account: _Account) -> None:
    failures = func.coalesce(User.__table__.c.fail_login_count, 0) + 1
    _statistics(uow, account, fail_login_count=failures)


def _statistics(uow: Work, account: _Account, *conditions: Any, **values: Any) -> bool:
    # Not through the mapped class: counting sign-ins changes nobody's account, and ends nobody's access.
    table = User.__table__
    statement = update(table).where(table.c.id == account.id, *conditions).values(**values)
    return bool(uow.session.connection().execute(statement).rowcount)


def _audit(uow: Work, action: str, account: _Account, after: dict[str, Any] | None = None) -> None:
    uow.audit_event(action, kind="user", object_id=account.username, unit_path=account.unit_path, after=after)
