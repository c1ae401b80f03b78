"""Accounts of people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound, msg
from portal.persistence.models import AccountSecurity, Role, User
from portal.services.users.authority import require_may_keep
from portal.services.users.passwords import hash_of, past_passwords, require_good
from portal.services.users.second_person import rest

if TYPE_CHECKING:
    from portal.services.portal import Work


def has_name(username: str) -> ColumnElement[bool]:
    """Return the condition that an account has a name, however it is written.

    Databases make letters small by rules of their own, SQLite only those of ASCII: the name as written counts too.
    """
    return or_(User.username == username, func.lower(User.username) == username.lower())


def by_username(session: Session, username: str) -> User:
    """Return an account by its name."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise NotFound("user.unknown", msg("There is no account “%(name)s”"), {"name": username})
    return user


def create(
    uow: Work,
    username: str,
    password: str,
    first_name: str,
    last_name: str,
    email: str = "",
    roles: Iterable[str] = (),
    *,
    hashed: bool = False,
    audited: bool = True,
    one_time: bool = False,
) -> User:
    """Make an account; its roles count only where they are assigned to a unit.

    With ``audited=False`` the caller writes the entry, for the account and its assignments together. A password that
    another person has set holds for one sign-in; with ``one_time`` so does one that the system has set.
    """
    if not uow.access.can("user", "add"):
        uow.access.require("user", "add", "/")
    email = email or f"{username}@portal.invalid"
    if not hashed:
        require_good(password, username)
    same = has_name(username) | (User.email == email)
    if uow.session.scalar(select(User.id).where(same)):
        raise Conflict("user.twice", msg("There is an account “%(name)s” already"), {"name": username})
    user = User(
        username=username,
        password=password if hashed else hash_of(password),
        first_name=first_name,
        last_name=last_name,
        email=email,
        active=True,
        roles=list(uow.session.scalars(select(Role).where(Role.name.in_(list(roles))))),
    )
    uow.add(user)
    uow.session.flush()
    _must_change(uow, user, one_time or not uow.access.unlimited)
    after = {"username": username, "roles": sorted(role.name for role in user.roles)}
    if audited:
        uow.audit("add", user, kind="user", object_id=username, unit_path=home_path(uow), after=after)
    return user


def set_active(uow: Work, user: User, active: bool, reason: str = "") -> None:
    """Lock an account or open it again."""
    require_may_keep(uow.portal, uow.session, uow.access, user.id)
    if user.active == active:
        return
    before = {"active": user.active}
    user.active = active
    uow.session.flush()
    uow.audit(
        "edit",
        user,
        kind="user",
        object_id=user.username,
        unit_path=home_path(uow),
        before=before,
        after={"active": active},
        reason=reason,
    )


def set_password(uow: Work, user: User, password: str) -> None:
    """Give an account another password; everybody may do that for the own one. All its sessions end.

    A password set by another person holds for one sign-in: then its owner chooses another. Who knows it could sign in,
    so what the account sees of personal data may have to be confirmed again.
    """
    anothers = uow.access.user_id != user.id
    if anothers:
        require_may_keep(uow.portal, uow.session, uow.access, user.id)
    require_good(password, user.username, past_passwords(uow.session, user.id))
    user.password = hash_of(password)
    _must_change(uow, user, not uow.access.unlimited and anothers)
    waiting = rest(uow, user) if anothers else []
    uow.session.flush()
    after = {"waits": sorted({one.role for one in waiting})} if waiting else None
    uow.audit("password", user, kind="user", object_id=user.username, unit_path=home_path(uow), after=after)


def _must_change(uow: Work, user: User, must: bool) -> None:
    held = uow.session.get(AccountSecurity, user.id)
    if held is not None:
        held.must_change_password = must
    elif must:
        uow.session.add(AccountSecurity(user_id=user.id, must_change_password=True))


def home_path(uow: Work) -> str:
    """Return the path of the unit that the person works for first; that of everything for work of the system."""
    held = uow.access.memberships
    return held[0][1] if held else "/"
