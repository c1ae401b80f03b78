"""Conditions looked at before a step that is offered now, such as those of a confirmation by a court."""

from __future__ import annotations

from dataclasses import dataclass

from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.looked import Looked, looked_at


@dataclass(frozen=True, slots=True)
class LookedCard:
    """A step: where it is taken, and the conditions looked at before it."""

    title: str
    url: str
    lines: list[Looked]


def cards(case: Case) -> list[LookedCard] | None:
    """Return a card for each step that can be taken now and has conditions to look at; None without any."""
    steps = [one.transition for one in case.offers if one.allowed and one.transition.checks]
    found = [
        LookedCard(case.texts(step.title), case.url("transition", step.id), looked_at(case, step))
        for step in steps
    ]
    return [one for one in found if one.lines] or None


PANELS.add(Panel("looked", Place.SIDE, 25, "records/panels/looked.html", cards))
