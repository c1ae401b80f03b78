"""Read which release is in force where, within some subtrees of the units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import NotFound, msg
from portal.persistence.models import Centre, Release, ReleaseActivation, Unit
from portal.persistence.moments import now_of
from portal.persistence.scope import subtree
from portal.services.releases.publishing import ReleaseRef
from portal.services.units.centres import naming
from portal.services.units.in_force import activation_at, is_ahead, moment


@dataclass(frozen=True, slots=True)
class InForce:
    """A centre, and the release it uses."""

    unit: str
    unit_name: str
    centre: str
    release: Release
    since: dt.datetime
    unit_id: int


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A release that is to take effect at a centre."""

    id: int
    unit_id: int
    effective_at: dt.datetime
    release: Release
    by_name: str
    reason: str


def other_contents(session: Session, published: ReleaseRef) -> bool:
    """Tell whether a version of a pack was published before with another content."""
    query = select(Release.id).where(
        Release.pack == published.pack,
        Release.version == published.version,
        Release.digest != published.digest,
        Release.id < published.id,
    )
    return session.scalar(query.limit(1)) is not None


def scheduled(session: Session, unit_ids: list[int]) -> dict[int, list[Scheduled]]:
    """Return the releases that are scheduled at several centres, the next first."""
    row = aliased(ReleaseActivation)
    query = (
        select(row.id, row.unit_id, row.effective_at, Release, row.by_name, row.reason)
        .join(Release, Release.id == row.release_id)
        .where(row.unit_id.in_(unit_ids), is_ahead(row, now_of(session)))
        .order_by(row.effective_at, row.id)
    )
    found: dict[int, list[Scheduled]] = {}
    for one in session.execute(query):
        found.setdefault(one.unit_id, []).append(Scheduled(*one))
    return found


def in_force(session: Session, roots: tuple[str, ...], release_id: int | None = None) -> list[InForce]:
    """Return the centres below ``roots`` with the release of each, or only those that use one release."""
    force = aliased(ReleaseActivation)
    query = (
        select(Unit.code, Unit.name, naming(force)[0], Release, force.effective_at, Unit.id)
        .join(Centre, Centre.unit_id == Unit.id)
        .join(force, force.id == activation_at(Centre.unit_id))
        .join(Release, Release.id == force.release_id)
        .where(subtree(Unit.path, roots))
        .order_by(Unit.path)
    )
    if release_id is not None:
        query = query.where(Release.id == release_id)
    return [InForce(*row) for row in session.execute(query, moment(session))]


def visible(session: Session, roots: tuple[str, ...], release_id: int) -> Release:
    """Return a release that is, was or is to be in force below ``roots``; NotFound for any other."""
    used = select(ReleaseActivation.release_id).join(Unit, Unit.id == ReleaseActivation.unit_id)
    query = select(Release).where(
        Release.id == release_id, Release.id.in_(used.where(subtree(Unit.path, roots)))
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("release.unknown", msg("There is no such release"))
    return found


def by_digest(session: Session, digits: str) -> list[Release]:
    """Return the releases whose digest begins with some digits; none for no digits."""
    if not digits:
        return []
    return list(
        session.scalars(select(Release).where(Release.digest.startswith(digits, autoescape=True)).limit(2))
    )
