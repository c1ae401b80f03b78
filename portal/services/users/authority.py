"""Whose account a person may change, and which roles he may give.

Who can set a password can sign in with it. So an account is changed only by those who could give every role it
holds, each where it is held; and nobody changes his own this way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import EDIT, Access
from portal.core.errors import Forbidden, msg
from portal.persistence.models import Unit
from portal.services.users.access import definition_at, roles_held
from portal.services.users.homes import home_of

if TYPE_CHECKING:
    from portal.services.portal import Portal


def require_may_give(portal: Portal, session: Session, access: Access, role: str, unit: Unit) -> None:
    """Raise Forbidden unless the person may give ``role`` at ``unit``."""
    access.require("user", EDIT, unit.path)
    if not access.may_give(role, definition_at(portal, session, role, unit), unit.path):
        raise Forbidden(
            "user.role", msg("You do not hold this role there, and it is not one that you may give")
        )


def require_may_keep(portal: Portal, session: Session, access: Access, user_id: int) -> None:
    """Raise Forbidden unless the account is one that the person may change."""
    if access.unlimited:
        return
    if access.user_id == user_id:
        raise Forbidden("user.own", msg("Your own account is changed by somebody else who keeps accounts"))
    if not access.can("user", EDIT):
        access.require("user", EDIT, "/")
    everything = roles_held(portal, session, user_id)
    home = None if everything else home_of(session, user_id)
    if home is not None and not access.allows("user", EDIT, home.path):
        raise Forbidden("user.outside", msg("This person belongs to a unit whose accounts you do not keep"))
    for held in everything:
        if not access.allows("user", EDIT, held.unit.path):
            raise Forbidden(
                "user.outside", msg("This person also works for units whose accounts you do not keep")
            )
        if not access.may_give(held.role, held.definition, held.unit.path):
            raise Forbidden("user.above", msg("This person holds a role that you may not give"))
