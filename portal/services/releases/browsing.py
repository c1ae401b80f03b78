"""Read which release is in force where, within some subtrees of the units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound, msg
from portal.persistence.models import Centre, Release, ReleaseActivation, Unit
from portal.persistence.scope import subtree


@dataclass(frozen=True, slots=True)
class InForce:
    """A centre, and the release it uses."""

    unit: str
    centre: str
    release: Release
    since: dt.datetime


def in_force(session: Session, roots: tuple[str, ...], release_id: int | None = None) -> list[InForce]:
    """Return the centres below ``roots`` with the release of each, or only those that use one release."""
    query = (
        select(Unit.code, Centre.name, Release, Centre.changed_at)
        .join(Centre, Centre.unit_id == Unit.id)
        .join(Release, Release.id == Centre.release_id)
        .where(subtree(Unit.path, roots))
        .order_by(Unit.path)
    )
    if release_id is not None:
        query = query.where(Release.id == release_id)
    return [InForce(*row) for row in session.execute(query)]


def visible(session: Session, roots: tuple[str, ...], release_id: int) -> Release:
    """Return a release that is or was in force below ``roots``; NotFound for any other."""
    used = select(ReleaseActivation.release_id).join(Unit, Unit.id == ReleaseActivation.unit_id)
    now = select(Centre.release_id).join(Unit, Unit.id == Centre.unit_id)
    below = subtree(Unit.path, roots)
    query = select(Release).where(
        Release.id == release_id, or_(Release.id.in_(used.where(below)), Release.id.in_(now.where(below)))
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("release.unknown", msg("There is no such release"))
    return found
