"""The periods that run for the record, and the way to the page on which a person records an event."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.acts import RECORD_EVENT
from portal.services import records
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.clocks import ClockWords, clock_words


@dataclass(frozen=True, slots=True)
class ClocksView:
    """The clocks that run, those that ended, and where an event is recorded; empty where none may be."""

    live: list[ClockWords]
    ended: list[ClockWords]
    record_url: str


def clocks(case: Case) -> ClocksView | None:
    """Return the clocks of a record; None where it has none and nothing can be recorded."""
    now, record, screen = case.now, case.record, case.screen
    found = [clock_words(screen, one) for one in case.clocks]
    may = (
        case.can(RECORD_EVENT)
        and record.parent_id is None
        and bool(screen.lifecycle)
        and records.may_be_recorded(now.portal, now.session, record)
    )
    if not found and not may:
        return None
    live = [one for one in found if one.view.state.is_live]
    ended = [one for one in found if not one.view.state.is_live]
    return ClocksView(live, ended, case.url("event") if may else "")


PANELS.add(Panel("clocks", Place.SIDE, 15, "records/panels/clocks.html", clocks))
