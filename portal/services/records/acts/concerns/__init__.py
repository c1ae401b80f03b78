"""What follows each act on a record, in one table: a concern that is added here holds for all of them.

A concern gets the act when the record is stored (or its row removed) and only adds complete rows, by identifiers and
never by relationships; it reads ``before`` and the record as it is now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.core.table import Table
from portal.services.figures.deltas import keep_figures
from portal.services.indicators.marking import mark_record
from portal.services.reach.keeping import keep_reach
from portal.services.records.acts.concerns.audit import write_audit_entry
from portal.services.records.acts.concerns.history import write_history
from portal.services.records.acts.concerns.outbox import leave_messages
from portal.services.records.acts.looked import Looking, note
from portal.services.records.acts.performed import Performed
from portal.services.records.entering.keeping_away import keep_away
from portal.services.records.entering.keeping_below import keep_below
from portal.services.records.entering.refusing import refuse
from portal.services.records.handling.booking import keep_bookings
from portal.services.records.handling.clocks import concern as clocks
from portal.services.records.handling.tasks import following as tasks
from portal.services.records.handling.volumes import keep_volume


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that has to be done whenever an act is performed.

    ``prepare`` works out what the record itself has to say, before it is stored: so it is written once. What ``looked``
    does is done when something is only read; without it, acts that read do not concern it.
    """

    name: str
    settle: Callable[[Performed], None]
    prepare: Callable[[Performed], None] | None = None
    looked: Callable[[Looking], None] | None = None


CONCERNS: Table[Concern] = Table(
    "concerns",
    Concern("clocks", clocks.store, prepare=clocks.prepare),
    # Before the history, which tells what becomes of them.
    Concern("tasks", tasks.settle, prepare=tasks.prepare),
    Concern("bookings", keep_bookings, prepare=refuse),
    Concern("kept_from", keep_away),
    Concern("sent_to", keep_below),
    Concern("volume", keep_volume),
    Concern("history", write_history),
    Concern("audit", write_audit_entry, looked=note),
    # Behind whatever may still change the record.
    Concern("reach", keep_reach),
    Concern("figures", keep_figures),
    Concern("indicators", mark_record),
    Concern("outbox", leave_messages),
)
