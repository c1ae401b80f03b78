"""What happened to the record; each step opens to what was written into its form."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.records.written import Writing, Written
from portal.web.words.case import Case
from portal.web.words.history import Moment

# So many events are shown at once; a page of the others is a link away.
SHOWN = 40
ALL = "history"


@dataclass(frozen=True, slots=True)
class Line:
    """One event, with what was written where its step has a form."""

    moment: Moment
    written: Written | None


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The events that are shown, the latest first, and how many older ones are folded."""

    lines: list[Line]
    older: int
    total: int

    @property
    def opens(self) -> bool:
        """Return whether anything was written that an event opens to."""
        return any(line.written for line in self.lines)


def is_folded(case: Case) -> bool:
    """Tell whether the older events are left out."""
    return len(case.events) > SHOWN and request.args.get(ALL) != "all"


def history(case: Case) -> HistoryView:
    """Return the history in words, the latest first."""
    shown = case.events[:SHOWN] if is_folded(case) else case.events
    answers = [case.written[one.id] for one in shown if one.id in case.written]
    writing = Writing(case, answers)
    written = {one.event.id: writing.of(one, titles=False) for one in answers}
    lines = [Line(moment, written.get(event.id)) for event, moment in zip(shown, case.moments, strict=False)]
    return HistoryView(lines, len(case.events) - len(shown), len(case.events))


PANELS.add(Panel("history", Place.MAIN, 40, "records/panels/history.html", history))
