"""The list of documents and sessions that steps have left for a person to do; tasks have a panel of their own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.acts import EFFECT, ISSUE_PAPER
from portal.core.effects import EFFECTS
from portal.core.encrypted import is_destroyed
from portal.persistence.models import RecordEvent
from portal.web.language import translate
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.effects import left_words
from portal.web.words.papers import offered_in_words


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to be done: the effect in words, what exactly, since when and by whose step, and where it is done."""

    title: str
    what: str
    at: dt.datetime
    by: str
    url: str


def to_do(case: Case) -> list[ToDo] | None:
    """Return what is to be done, the oldest first; None where nothing is."""
    urls = {one.code: one.url for one in case.once(offered_in_words)} if case.may(ISSUE_PAPER.needs) else {}
    found = (
        (one, left_words(case.screen, one))
        for one in reversed(case.events)
        if one.kind == EFFECT and one.name in EFFECTS and not is_destroyed(one.data) and one.data.get("open")
    )
    return [
        ToDo(translate(EFFECTS[one.name].words), what, one.at, one.by_name, urls.get(_document(one), ""))
        for one, what in found
        if what is not None
    ] or None


def _document(event: RecordEvent) -> str:
    """Return the document that an effect left to be issued; empty for another one."""
    return str((event.data or {}).get("said", {}).get("document", ""))


PANELS.add(Panel("to_do", Place.SIDE, 15, "records/panels/to_do.html", to_do))
