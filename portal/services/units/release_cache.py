"""A cache under the access stamp of what each request reads: unit, centre, release in force at a path; paths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import msg
from portal.persistence.models import Centre, ReleaseActivation, Unit
from portal.services.units.cached_values import Home, TreeChanged
from portal.services.units.centres import CentreRef, centre_at, naming, place_at
from portal.services.units.in_force import Stamp, activation_at, moment
from portal.services.units.lookup import by_code, known_units

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


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


def kept_place(uow: Work, code: str) -> tuple[Unit, CentreRef]:
    """Return the unit with a code and the centre responsible for it, as read under the stamp of the unit of work.

    Who stores under its path holds it first (``hold``), with that stamp.
    """
    stamp, portal = uow.stamp, uow.portal
    if stamp is None:
        return place_at(uow.session, code)
    unit, centre = portal.units.get(stamp, code), portal.places.get(stamp, code)
    if unit is None or centre is None:
        unit, centre = place_at(uow.session, code)
        uow.session.expunge(unit)
        portal.units.put(stamp, code, unit)
        portal.places.put(stamp, code, centre)
    return unit, centre


def kept_centre(portal: Portal, session: Session, unit_id: int, stamp: Stamp | None) -> CentreRef | None:
    """Return the centre that a unit runs, as it was read under the same access stamp; without one it is read."""
    known = portal.centres.get(stamp, unit_id) if stamp is not None else None
    if known is None:
        known = centre_at(session, unit_id)
        if known is not None and stamp is not None:
            portal.centres.put(stamp, unit_id, known)
    return known


def kept_units(uow: Work, codes: Iterable[str]) -> dict[str, Unit]:
    """Return the units with these codes, as read under the stamp of the unit of work; see ``kept_place``."""
    wanted, stamp, portal = set(codes), uow.stamp, uow.portal
    if stamp is None:
        return known_units(uow.session, wanted)
    kept = {code: portal.units.get(stamp, code) for code in wanted}
    found = {code: unit for code, unit in kept.items() if unit is not None}
    for code, unit in known_units(uow.session, wanted - found.keys()).items():
        uow.session.expunge(unit)
        portal.units.put(stamp, code, unit)
        found[code] = unit
    return found


def require_stored(uow: Work) -> None:
    """Raise TreeChanged where the unit of work goes by units as they are kept, which are others by now."""
    if uow.stamp is not None:
        raise TreeChanged("unit.changed", msg("The units were changed at this moment: try again"))


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
