"""The day of a matter as it concerns a person: who handles it has a day of their own, beside the centre's."""

from __future__ import annotations

import datetime as dt

from portal.core.access import REFER, TRANSITION, within
from portal.core.referrals import STATES
from portal.web.words.case import Case


def own_day(case: Case) -> dt.date | None:
    """Return the day by which the person's unit has to act: what the centre owes concerns neither who handles the
    matter nor who helps with it.
    """
    record, access = case.record, case.now.access
    held = access.held_at(record.etype, TRANSITION) | access.held_at(record.etype, REFER)
    handles = record.handler_path in held and record.unit_path not in held
    if handles:
        return record.handler_due_on
    if any(within(record.unit_path, one) for one in held):
        return record.due_on
    asked = (one for one in case.referrals if STATES[one.status].open and one.to_path in held)
    return min((one.due_on for one in asked if one.due_on is not None), default=None)
