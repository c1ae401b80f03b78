"""The parts that acts on packs, releases and centres share: they wait for one another, and each has a home unit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import AccessStamp, Unit


def one_at_a_time(session: Session) -> None:
    """Let acts on releases and centres wait for one another: each checks what no constraint of the tables can."""
    session.execute(select(AccessStamp.stamp).with_for_update())


def home_path(session: Session, unit_code: str | None) -> str:
    """Return the path of the unit that a pack names; that of everything where it names none."""
    found = session.scalar(select(Unit.path).where(Unit.code == unit_code)) if unit_code else None
    return found or "/"
