"""Send a record to the unit that it names, with the day by which that unit answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.services.records.entering.keeping_below import below
from portal.services.records.handling.referring import Plan, refer
from portal.services.records.proposing.seats import Seat

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed


def send_to(act: Performed, said: Mapping[str, Any]) -> bool | None:
    """Send the record to a unit, which becomes its handler; a closed one is not sent.

    Raise InvalidInput where the unit does not lie below the record's own.
    """
    record = act.record
    if not record.is_open:
        return False
    unit = below(act, str(said["unit"]), "/unit")
    due = said.get("due")
    seat = Seat("unit", unit.code, unit.name, unit.code, "")
    plan = Plan(seat, "", "", None, (), due_on=dt.date.fromisoformat(due) if due else None, timely=False)
    refer(act, plan, None, "")
    return None
