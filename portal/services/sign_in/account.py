"""The account named at a sign-in."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased
from werkzeug.security import check_password_hash

from portal.core.access import Access
from portal.core.canonical import canonical
from portal.persistence import scope
from portal.persistence.models import AccountHome, Assignment, Unit, User
from portal.persistence.reserve import is_full
from portal.services.portal import Work
from portal.services.users.passwords import hash_of

log = logging.getLogger("portal.audit")
MAX_NAME, MAX_PASSWORD = 64, 1_024
NO_ACCOUNT = -1


@dataclass(frozen=True, slots=True)
class Account:
    """An account as signing in needs it; one that does not exist has a name and a password like any other."""

    id: int
    username: str
    name: str
    password: str
    unit_path: str = "/"

    @property
    def access(self) -> Access:
        """Return the access under which a sign-in is audited: it allows nothing yet."""
        return Access(self.id if self.id != NO_ACCOUNT else None, self.name)

    def has_password(self, password: str) -> bool:
        """Return whether a password is the account's; it takes as long where there is no account."""
        usable = len(password) <= MAX_PASSWORD and password.strip("\0") != ""
        try:
            matches = check_password_hash(self.password, password if usable else "-")
        except UnicodeEncodeError:
            matches = check_password_hash(self.password, "-") and False
        return matches and usable and self.id != NO_ACCOUNT


def by_name(session: Session, username: str) -> Account:
    """Return the account of a name, or one that nobody can sign in to: both by the same statement."""
    usable = 0 < len(username) <= MAX_NAME and username.isprintable()
    asked = username if usable else secrets.token_hex()
    nobodys = _nobodys_password()
    same = or_(User.username == asked, func.lower(User.username) == asked.lower())
    found = _load(session, same & User.active, User.username != asked)
    if found is None:
        # What was typed is not kept as it is: it may be a password in the wrong field.
        known = hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return Account(NO_ACCOUNT, f"?{known}", f"?{known}", nobodys)
    return found


def by_id(session: Session, user_id: int) -> Account | None:
    """Return the account of a user, an open or a closed one."""
    return _load(session, User.id == user_id)


def is_unchanged(uow: Work, account: Account) -> bool:
    """Return whether the account is open and its password the same, and hold it so until the end of the work."""
    query = select(User.id).where(User.id == account.id, User.active, User.password == account.password)
    return uow.session.scalar(query.with_for_update()) is not None


def note_success(uow: Work, account: Account) -> None:
    """Keep the statistics of Flask-AppBuilder."""
    users = User.__table__.c
    # FAB's columns hold the server's local time.
    now, count = dt.datetime.now(), func.coalesce(users.login_count, 0) + 1
    _statistics(uow, account, login_count=count, last_login=now, fail_login_count=0)


def note_failure(uow: Work, account: Account, attempt: int, **more: str) -> None:
    """Keep the statistics of Flask-AppBuilder, and the audit entry."""
    _statistics(uow, account, fail_login_count=func.coalesce(User.__table__.c.fail_login_count, 0) + 1)
    audit(uow, "login_failed", account, {"attempt": attempt, **more})


def audit(uow: Work, action: str, account: Account, after: dict[str, Any] | None = None) -> None:
    """Write what was done on the way in.

    A database whose disk is full keeps nobody from signing in: the entry then goes to the log of the process, whole.
    """
    said: dict[str, Any] = {
        "kind": "user",
        "object_id": account.username,
        "unit_path": account.unit_path,
        "after": after,
    }
    try:
        with uow.session.begin_nested():
            uow.audit_event(action, **said)
    except SQLAlchemyError as error:
        if not is_full(error):
            raise
        line = {
            "at": uow.now.isoformat(),
            "actor": uow.access.name,
            "ip": uow.origin.ip,
            "action": action,
            **said,
        }
        log.error("audit entry not stored (%s): %s", type(error).__name__, canonical(line))


def _load(session: Session, condition: ColumnElement[bool], *order: ColumnElement[Any]) -> Account | None:
    # Without any role it is a matter of the unit where the last one was held.
    home = aliased(Unit)
    query = (
        select(
            User.id,
            User.username,
            User.last_name,
            User.first_name,
            User.password,
            func.coalesce(Unit.path, home.path).label("path"),
        )
        .outerjoin(Assignment, Assignment.user_id == User.id)
        .outerjoin(Unit, Unit.id == Assignment.unit_id)
        .outerjoin(AccountHome, AccountHome.user_id == User.id)
        .outerjoin(home, home.id == AccountHome.unit_id)
        .where(condition)
        .order_by(*order, func.length(Unit.path))
        .limit(1)
    )
    row = session.execute(scope.door(query, "an account is looked up by those who sign in to it")).first()
    if row is None:
        return None
    name = f"{row.last_name}{row.first_name}".strip() or row.username
    return Account(row.id, row.username, name, row.password or _nobodys_password(), row.path or "/")


@cache
def _nobodys_password() -> str:
    return hash_of(secrets.token_urlsafe(24))


def _statistics(uow: Work, account: Account, **values: Any) -> None:
    # Not through the mapped class: counting sign-ins changes nobody's account, and ends nobody's access.
    table = User.__table__
    uow.session.connection().execute(update(table).where(table.c.id == account.id).values(**values))
