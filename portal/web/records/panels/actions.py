"""The acts offered to the person now: steps of the record, and deleting it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.decisions import guard_words


@dataclass(frozen=True, slots=True)
class Action:
    """One transition as a button; ``blocked`` says why it cannot be taken yet."""

    title: str
    url: str
    primary: bool
    blocked: list[str]


@dataclass(frozen=True, slots=True)
class Actions:
    """The transitions, and the address at which the record is deleted; empty where it may not be."""

    steps: list[Action]
    delete_url: str


def steps_of(case: Case) -> list[Action]:
    """Return the transitions that the person is offered now."""
    return [
        Action(
            case.texts(offer.transition.title),
            case.url("transition", offer.transition.id),
            offer.transition.primary and not offer.blocked,
            guard_words(case.screen, offer.blocked),
        )
        for offer in case.offers
    ]


def actions(case: Case) -> Actions | None:
    """Return what may be done; None where nothing may."""
    steps = steps_of(case)
    delete_url = case.url("delete") if case.screen.entity.can_delete and case.may("delete") else ""
    return Actions(steps, delete_url) if steps or delete_url else None


PANELS.add(Panel("actions", Place.SIDE, 10, "records/panels/actions.html", actions))
