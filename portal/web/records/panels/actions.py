"""The acts offered to the person now: the answer that the unit is waited for, steps of the record, deleting it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.access import REFER
from portal.core.acts import REMOVE
from portal.core.lifecycle import Transition
from portal.core.referrals import ANSWERS, RECEIVER, SENT, Answer, event_of
from portal.persistence.models import Referral
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
class Asked:
    """A referral that waits for the person's own unit, and the answers to it; the first one is the usual one."""

    uid: str
    version: int
    url: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Actions:
    """The answers asked of the unit, the transitions, and where the record is deleted; empty where it may not be."""

    asked: list[Asked]
    steps: list[Action]
    delete_url: str


def asked_of(case: Case) -> list[Asked]:
    """Return the referrals that wait for the units at which the person holds a role that answers them."""
    own = case.now.access.held_at(case.record.etype, REFER)
    return [
        Asked(one.uid, one.version, case.url("referral", one.uid), answers)
        for one in case.referrals
        if _waits(one) and one.to_path in own
        if (answers := tuple(each for each in case.answers(one) if each.side == RECEIVER))
    ]


def steps_of(case: Case) -> list[Action]:
    """Return the transitions that the person is offered now.

    While a unit is asked, no step comes before its answer, and none is offered that a later answer performs.
    """
    asked = bool(asked_of(case))
    return [
        Action(
            case.texts(offer.transition.title),
            case.url("transition", offer.transition.id),
            offer.transition.primary and not offer.blocked and not asked,
            guard_words(case.screen, offer.blocked),
        )
        for offer in case.offers
        if not (asked and _performed_by_receiver(offer.transition))
    ]


def actions(case: Case) -> Actions | None:
    """Return what may be done; None where nothing may."""
    asked, steps = asked_of(case), steps_of(case)
    delete_url = case.url("delete") if case.screen.entity.can_delete and case.can(REMOVE) else ""
    return Actions(asked, steps, delete_url) if asked or steps or delete_url else None


def _waits(referral: Referral) -> bool:
    return referral.status == SENT


def _performed_by_receiver(step: Transition) -> bool:
    return step.on in {event_of(one.to) for one in ANSWERS.values() if one.side == RECEIVER}


PANELS.add(Panel("actions", Place.SIDE, 10, "records/panels/actions.html", actions))
