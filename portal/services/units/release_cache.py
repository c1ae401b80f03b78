"""A cache under the access stamp of what each request reads: unit, centre, release in force at a path; paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.persistence.models import Centre, ReleaseActivation, Unit
from portal.services.units.cached_values import Home
from portal.services.units.centres import CentreRef, naming
from portal.services.units.in_force import Stamp, activation_at, moment
from portal.services.units.lookup import by_code

if TYPE_CHECKING:
    from portal.services.portal import Portal


def kept_home(portal: Portal, session: Session, path: str, stamp: Stamp) -> Home | None:
    """Return unit, centre and release at a path, as read under the same access stamp; shared by all requests.

    Whatever changes a unit or puts another release in force changes the stamp as well; the stamp of ``Switches``
    also changes when a release comes into force by itself.
    """
    known = portal.homes.get(stamp, path)
    if known is None:
        known = home_at(session, path)
        if known is not None:
            session.expunge(known.unit)
            portal.homes.put(stamp, path, known)
    return known


def kept_path(portal: Portal, session: Session, code: str, stamp: Stamp) -> str:
    """Return the path of the unit with a code, as it was read under the same access stamp."""
    known = portal.unit_paths.get(stamp, code)
    if known is None:
        known = by_code(session, code).path
        portal.unit_paths.put(stamp, code, known)
    return known


def home_at(session: Session, path: str) -> Home | None:
    """Return unit, centre and release at a path of the tree, in one statement; None where no unit is there any more."""
    ids = [int(part) for part in path.strip("/").split("/") if part]
    force = ReleaseActivation
    query = (
        select(Unit, Centre.unit_id, *naming(force), force.release_id)
        .outerjoin(
            Centre.__table__.join(force.__table__, force.id == activation_at(Centre.unit_id)),
            Centre.unit_id == Unit.id,
        )
        .where(Unit.id.in_(ids))
        .order_by(func.length(Unit.path))
    )
    rows = session.execute(query, moment(session)).all()
    if not rows or rows[-1][0].path != path:
        return None
    centres = [
        CentreRef(unit.id, unit.code, unit.path, name, agency, release_id)
        for unit, centre_id, name, agency, release_id in rows
        if centre_id is not None
    ]
    names = tuple(row[0].name for row in rows)
    return Home(rows[-1][0], names, centres[-1] if centres else None)
