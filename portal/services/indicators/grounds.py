"""On what ground a person goes from figures to the cases behind them; the log keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.access import Access, Origin
from portal.core.errors import msg
from portal.persistence.models import Unit

if TYPE_CHECKING:
    from portal.services.portal import Portal

ACTION = "look_at_cases"
OTHER = "other"
GROUNDS = {
    "supervise": msg("To supervise overdue or returned matters"),
    "meeting": msg("To prepare a meeting"),
    "verify": msg("To verify a figure"),
    OTHER: msg("Another ground"),
}


def look_at_cases(
    portal: Portal, access: Access, origin: Origin, unit: Unit, ground: str, detail: str
) -> None:
    """Note in the log that a person goes from the figures of a unit to its cases, and on what ground."""
    with portal.writing(access, origin) as uow:
        after = {"ground": ground, "detail": detail}
        uow.audit_event(ACTION, kind="board", object_id=unit.code, unit_path=unit.path, after=after)
        uow.commit()
