"""Put a release in force at a centre by moving one pointer, and keep the log of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from portal.core.errors import NotFound, msg
from portal.persistence.models import Centre, Release, ReleaseActivation, Unit
from portal.services import units
from portal.services.releases.fills import announce

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Activation:
    """A release that was, or is, in force at a centre."""

    at: dt.datetime
    release_id: int
    pack: str
    version: str
    digest: str
    by_name: str
    reason: str


def activate(uow: Work, unit_code: str, release_id: int, reason: str) -> None:
    """Put a release in force at the centre of a unit; open the centre if the unit runs none yet."""
    unit = units.by_code(uow.session, unit_code)
    uow.access.require("release", "edit", unit.path)
    release = uow.session.get(Release, release_id, options=[undefer(Release.bundle)])
    if release is None:
        raise NotFound("release.unknown", msg("There is no such release"))
    centre = uow.session.get(Centre, unit.id)
    if centre is not None and centre.release_id == release_id:
        return
    previous = centre.release_id if centre else None
    description = release.bundle.get("layout", {}).get("centre", {})
    if centre is None:
        centre = Centre(unit_id=unit.id, name="")
        uow.add(centre)
    centre.name = str(description.get("name") or unit.name)
    centre.agency = str(description.get("agency") or "")
    centre.release_id = release_id
    centre.changed_at = uow.now
    activation = ReleaseActivation(
        unit_id=unit.id,
        release_id=release_id,
        previous_id=previous,
        at=uow.now,
        by_name=uow.access.name,
        reason=reason,
    )
    uow.add(activation)
    uow.session.flush()
    announce(uow.portal, uow.session, unit, previous, release_id, uow.now)
    uow.audit(
        "activate",
        centre,
        kind="centre",
        object_id=unit.code,
        unit_path=unit.path,
        release_id=release_id,
        before={"release_id": previous} if previous else None,
        after={"release_id": release_id, "pack": release.pack, "version": release.version},
        reason=reason,
    )


def history(session: Session, unit_code: str) -> list[Activation]:
    """Return the releases that were in force at a unit's centre, the latest first."""
    query = (
        select(ReleaseActivation, Release)
        .join(Release, Release.id == ReleaseActivation.release_id)
        .join(Unit, Unit.id == ReleaseActivation.unit_id)
        .where(Unit.code == unit_code)
        .order_by(ReleaseActivation.id.desc())
    )
    return [
        Activation(act.at, rel.id, rel.pack, rel.version, rel.digest, act.by_name, act.reason)
        for act, rel in session.execute(query)
    ]
