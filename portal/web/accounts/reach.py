"""Whose accounts the person sees and keeps: those with a role within the person's units."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import or_, select

from portal.core.access import ROOT, within
from portal.persistence.models import AccountHome, Assignment, Unit
from portal.persistence.scope import subtree
from portal.services import users
from portal.web import access


def manageable_users() -> Any:
    """Return the ids of the users the person may see here: those with a role within the person's units, now or last."""
    roots = access.current().paths("user", "list")
    if ROOT in roots or _everywhere(roots):
        return select(User.id)
    held = (
        select(Assignment.user_id).join(Unit, Unit.id == Assignment.unit_id).where(subtree(Unit.path, roots))
    )
    belonging = (
        select(AccountHome.user_id)
        .join(Unit, Unit.id == AccountHome.unit_id)
        .where(subtree(Unit.path, roots))
    )
    here = or_(User.id.in_(held), User.id.in_(belonging))
    return select(User.id).where(or_(here, User.created_by_fk == access.current().user_id))


def _everywhere(roots: tuple[str, ...]) -> bool:
    """Return whether the roots include the top of the tree."""
    top = access.session().scalars(select(Unit.path).where(Unit.parent_id.is_(None))).all()
    return bool(top) and all(any(within(path, root) for root in roots) for path in top)


def is_listed(user_id: int) -> bool:
    """Return whether the person may see a user here at all."""
    return access.session().scalar(manageable_users().where(User.id == user_id)) is not None


def require_manageable(user_id: int) -> None:
    """Refuse unless the person may change this account."""
    users.require_may_keep(access.portal(), access.session(), access.current(), user_id)
