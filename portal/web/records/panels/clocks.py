"""The periods that run for the record, and the form by which a person records an event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.acts import RECORD_EVENT
from portal.services import records
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.clocks import ClockWords, clock_words


@dataclass(frozen=True, slots=True)
class EventChoice:
    """An event that may be recorded; ``picks`` are the lengths among which the person chooses, by period."""

    id: str
    title: str
    documents: tuple[str, ...]
    picks: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    ends: bool


@dataclass(frozen=True, slots=True)
class ClocksView:
    """The clocks that run, those that ended, and the form."""

    live: list[ClockWords]
    ended: list[ClockWords]
    url: str
    events: list[EventChoice]
    today: dt.date


def clocks(case: Case) -> ClocksView | None:
    """Return the clocks of a record; None where it has none and nothing can be recorded."""
    now, record, screen = case.now, case.record, case.screen
    found = [clock_words(screen, one) for one in records.clocks_of(now.portal, now.session, record)]
    may = case.may(RECORD_EVENT.needs) and record.parent_id is None and bool(screen.lifecycle)
    events = [_choice(case, one) for one in records.events_of(now.portal, now.session, record)] if may else []
    if not found and not events:
        return None
    live = [one for one in found if one.view.state.is_live]
    ended = [one for one in found if not one.view.state.is_live]
    return ClocksView(live, ended, case.url("event"), events, now.portal.clock.today())


def _choice(case: Case, one: records.Recordable) -> EventChoice:
    texts, documents = case.texts, case.screen.bundle.documents
    picks = tuple(
        (
            code,
            texts(lines[0].period.title),
            tuple((line.key, texts(line.period.variants[line.key].title) or line.key) for line in lines),
        )
        for code, lines in one.picks.items()
    )
    titles = tuple(texts(documents.get(name, {}).get("title", name)) for name in one.documents)
    return EventChoice(one.event.id, texts(one.event.title), titles, picks, one.ends)


PANELS.add(Panel("clocks", Place.SIDE, 15, "records/panels/clocks.html", clocks))
