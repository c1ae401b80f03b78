"""What happened to the record."""

from __future__ import annotations

from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.history import Moment


def moments(case: Case) -> list[Moment]:
    """Return the history in words, the latest first."""
    return case.moments


PANELS.add(Panel("history", Place.MAIN, 40, "records/panels/history.html", moments))
