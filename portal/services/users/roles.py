"""Roles: packs define what they may do; Flask-AppBuilder knows them by name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import Role


def ensure_roles(session: Session, names: Iterable[str]) -> list[Role]:
    """Make the roles that Flask-AppBuilder does not know yet; return them."""
    wanted = set(names)
    known = set(session.scalars(select(Role.name).where(Role.name.in_(wanted))))
    made = [Role(name=name) for name in sorted(wanted - known)]
    session.add_all(made)
    session.flush()
    return made
