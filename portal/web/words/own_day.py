"""The day of a matter as it concerns a person: who handles it has a day of their own, beside the centre's."""

from __future__ import annotations

import datetime as dt

from portal.core.access import REFER, TRANSITION
from portal.web.words.case import Case


def own_day(case: Case) -> dt.date | None:
    """Return the day by which the person's unit has to act: what the centre owes does not concern who handles it."""
    record, access = case.record, case.now.access
    held = access.held_at(record.etype, TRANSITION) | access.held_at(record.etype, REFER)
    handles = record.handler_path in held and record.unit_path not in held
    return record.handler_due_on if handles else record.due_on
