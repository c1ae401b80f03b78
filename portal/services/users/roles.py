"""Roles: packs define what they may do; Flask-AppBuilder knows them by name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import Role
from portal.persistence.scope import as_system


def ensure_roles(session: Session, names: Iterable[str]) -> list[Role]:
    """Make the roles that Flask-AppBuilder does not know yet; return them.

    To publish a release is enough to name roles in it: what a role may do follows from releases alone, and who gets it
    is decided elsewhere.
    """
    wanted = set(names)
    with as_system(session, "a release names its roles; nobody holds one by that"):
        known = set(session.scalars(select(Role.name).where(Role.name.in_(wanted))))
        made = [Role(name=name) for name in sorted(wanted - known)]
        session.add_all(made)
        session.flush()
    return made
