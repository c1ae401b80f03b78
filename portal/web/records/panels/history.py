"""What happened to the record; each step opens to what was written into its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from portal.core import acts
from portal.core.encrypted import is_destroyed
from portal.persistence.models import RecordEvent
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.records.written import Writing, Written
from portal.web.words.case import Case
from portal.web.words.history import Moment

# So many events are shown at once; a page of the others is a link away.
SHOWN = 40
ALL = "history"
ISSUE = "issue_document"


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
    told_twice = _told_by_papers(shown)
    lines = [
        Line(moment, written.get(event.id))
        for event, moment in zip(shown, case.moments, strict=False)
        if event.id not in told_twice
    ]
    return HistoryView(lines, len(case.events) - len(shown), len(case.events))


def _told_by_papers(events: Sequence[RecordEvent]) -> frozenset[int]:
    """Return the effects that issued a paper: the paper has a line of its own, with its number."""
    told = {_read(event).get("document") for event in events if event.kind == acts.PAPER}
    return frozenset(
        event.id
        for event in events
        if event.kind == acts.EFFECT
        and event.name == ISSUE
        and not _read(event).get("open")
        and _read(event).get("said", {}).get("document") in told
    )


def _read(event: RecordEvent) -> Mapping[str, Any]:
    return {} if is_destroyed(event.data) else event.data or {}


PANELS.add(Panel("history", Place.MAIN, 40, "records/panels/history.html", history))
