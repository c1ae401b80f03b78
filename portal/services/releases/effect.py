"""Read when releases take effect at centres: what is in force, what is to come, what was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.persistence.models import Release, ReleaseActivation, Unit
from portal.persistence.models.release import CANCEL
from portal.persistence.moments import now_of
from portal.services.units.in_force import activation_at, is_ahead


@dataclass(frozen=True, slots=True)
class Activation:
    """A release that was, is or will be in force at a centre."""

    at: dt.datetime
    release_id: int
    pack: str
    version: str
    digest: str
    by_name: str
    reason: str
    id: int
    effective_at: dt.datetime
    kind: str
    cancelled: bool

    @property
    def scheduled(self) -> bool:
        """Tell whether it was to take effect later than it was decided."""
        return self.effective_at > self.at


def history(session: Session, unit_code: str, limit: int | None = None) -> list[Activation]:
    """Return the releases that were in force at a unit's centre or are to be, the latest decision first."""
    back = aliased(ReleaseActivation)
    query = (
        select(ReleaseActivation, Release, back.id)
        .join(Release, Release.id == ReleaseActivation.release_id)
        .join(Unit, Unit.id == ReleaseActivation.unit_id)
        .outerjoin(back, back.cancels == ReleaseActivation.id)
        .where(Unit.code == unit_code, ReleaseActivation.kind != CANCEL)
        .order_by(ReleaseActivation.id.desc())
        .limit(limit)
    )
    return [
        Activation(
            act.at,
            rel.id,
            rel.pack,
            rel.version,
            rel.digest,
            act.by_name,
            act.reason,
            act.id,
            act.effective_at,
            act.kind,
            cancelled is not None,
        )
        for act, rel, cancelled in session.execute(query)
    ]


def coming(session: Session, unit_id: int) -> list[ReleaseActivation]:
    """Return the activations of a centre that are still to come, the next one first."""
    row = ReleaseActivation
    query = select(row).where(row.unit_id == unit_id, is_ahead(row, now_of(session)))
    return list(session.scalars(query.order_by(row.effective_at, row.id)))


def running_at(session: Session, unit_id: int, when: dt.datetime | None = None) -> ReleaseActivation | None:
    """Return the activation that is in force at a centre at a moment, by default now."""
    row = ReleaseActivation
    query = select(row).where(row.id == activation_at(unit_id))
    return session.scalars(query, {"now": when or now_of(session)}).one_or_none()


def used_at(session: Session, release_id: int) -> list[str]:
    """Return the codes of the units where a release is in force or is to be."""
    row, unit = aliased(ReleaseActivation), aliased(Unit)
    now = now_of(session)
    running = select(unit.code).join(row, row.unit_id == unit.id).where(row.release_id == release_id)
    found = set(session.scalars(running.where(row.id == activation_at(unit.id)), {"now": now}))
    return sorted(found | set(session.scalars(running.where(is_ahead(row, now)))))
