"""The departments that a centre has stationed, with and without a receiver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.layout.model import OWN
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.units.centres import CentreRef
from portal.services.users.receivers import without_receiver

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class Stationed:
    """A department that is stationed: how, its unit at the centre where it has one, and whether anybody receives."""

    department: str
    title: Any
    modes: tuple[str, ...]
    unit: Unit | None
    receives: bool


def stationed_at(portal: Portal, session: Session, centre: CentreRef, bundle: Bundle) -> list[Stationed]:
    """Return the departments that the layout of a centre has stationed now, those without a receiver first."""
    today = portal.clock.today()
    modes: dict[str, dict[str, None]] = {}
    for stay in bundle.layout.stationing:
        if stay.in_force(today) and stay.department != OWN:
            modes.setdefault(stay.department, {})[stay.mode] = None
    codes = {f"{centre.unit_code}:{department}": department for department in modes}
    rows = session.scalars(select(Unit).where(Unit.active, Unit.code.in_(codes))).all()
    found = {codes[unit.code]: unit for unit in rows}
    without = {unit.id for unit in without_receiver(portal, session, rows)}
    stationed = [
        Stationed(
            department,
            bundle.departments.get(department, {}).get("name", department),
            tuple(modes[department]),
            found.get(department),
            department in found and found[department].id not in without,
        )
        for department in modes
    ]
    return sorted(stationed, key=lambda one: one.receives)
