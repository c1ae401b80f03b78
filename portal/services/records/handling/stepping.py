"""Taking a step by a person: one that an answer to the leading referral performs is that answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.conditions import Env, evaluate, leaving_out
from portal.core.errors import Conflict, PortalError, msg, require_reason
from portal.core.lifecycle import Offer, Transition
from portal.core.referrals import ANSWERS, RECEIVER, SENT, STATES, Answer, event_of
from portal.persistence import scope
from portal.persistence.models import Record, Referral
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import bundle_of, check_version, load
from portal.services.records.handling import transitions
from portal.services.records.handling.answering_referrals import (
    answered,
    is_own,
    referral,
    referrals_of,
    require_due,
    too_late_for,
)
from portal.services.records.handling.guard_facts import facts_of
from portal.services.records.handling.leading import step_for
from portal.services.records.handling.referral_facts import referral_facts
from portal.services.records.handling.transitions import roles_of
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

# Where the form of a step that answers a referral says why.
SAID = "grounds"


@dataclass(frozen=True, slots=True)
class Given:
    """The answer that a step gives to the leading referral; one that is not ``own`` is given in place of the unit."""

    referral: Referral
    answer: Answer
    own: bool


def transition(
    uow: Work,
    uid: str,
    transition_id: str,
    *,
    version: int,
    form: Mapping[str, Any] | None = None,
    reason: str = "",
    files: Iterable[str] = (),
    opened: Record | None = None,
) -> Record:
    """Take a step of a record; one that answers the leading referral is taken by that answer.

    Taken beside the referral the step would leave the unit to be asked once more, and pass by the last day on which
    a matter may be returned. Raise Conflict where the referral does not take that answer now, InvalidInput where it
    is given in place of the unit without a reason.
    """
    record = load(uow.session, uid)
    given = _given_by(_Place(uow.session, record, bundle_of(uow, record), uow.today), transition_id, version)
    if given is None:
        return transitions.transition(
            uow, uid, transition_id, version=version, form=form, reason=reason, files=files, opened=opened
        )
    asked, answer = given.referral, given.answer
    if not given.own:
        require_reason(reason)
    said = reason or str((form or {}).get(SAID, ""))
    referral(uow, asked.uid, answer.name, reason=said, version=asked.version, form=form)
    return record


def available(portal: Portal, session: Session, record: Record) -> list[Offer]:
    """Return the steps the session's person is offered, each with what blocks it.

    Steps that answer a referral are offered while it takes that answer.
    """
    offers = transitions.available(portal, session, record)
    if not any(_answer_of(offer.transition) for offer in offers):
        return offers
    place = _Place(session, record, pinned(portal, session, record.release_id), portal.clock.today())
    return [offer for offer in offers if _takes(place, offer.transition)]


def step_as_answer(portal: Portal, session: Session, record: Record, transition_id: str) -> Given | None:
    """Return the answer that a step gives to the leading referral; None for a step that gives none.

    Raise Conflict where the referral does not take that answer now, Forbidden where the person may not give it.
    """
    bundle = pinned(portal, session, record.release_id)
    return _given_by(_Place(session, record, bundle, portal.clock.today()), transition_id)


def step_too_late(session: Session, etype: str, uid: str) -> Conflict | None:
    """Return the refusal of a step that comes after an answer took the matter out of the person's sight.

    None for anybody who could not have answered at the unit that led last: to them the matter is unknown.
    """
    query = select(Referral).join(Record, Record.id == Referral.record_id)
    latest = query.where(Record.uid == uid, Record.etype == etype, Referral.lead).order_by(Referral.id.desc())
    access = scope.access_of(session)
    with scope.as_system(
        session,
        "the matter is out of sight; nothing of it is told but who answered for the person's own unit",
    ):
        found = session.scalars(latest.limit(1)).one_or_none()
    return None if found is None else too_late_for(access, found, ANSWERS["return"])


@dataclass(frozen=True, slots=True)
class _Place:
    """A record as the steps of its release are asked for it on a day."""

    session: Session
    record: Record
    bundle: Bundle
    today: dt.date


def _takes(place: _Place, step: Transition) -> bool:
    try:
        _given_by(place, step.id)
    except PortalError:
        return False
    return True


def _given_by(place: _Place, transition_id: str, version: int | None = None) -> Given | None:
    """Return the answer to the leading referral that a step gives, where the referral takes it now."""
    record, session = place.record, place.session
    lifecycle = place.bundle.lifecycle_of(record.etype)
    steps = lifecycle.transitions if lifecycle is not None and record.stage is not None else ()
    step = next((one for one in steps if one.id == transition_id), None)
    answer = _answer_of(step) if step is not None else None
    if lifecycle is None or step is None or answer is None:
        return None
    access = scope.access_of(session)
    taken = step.is_for(roles_of(access, record, lifecycle))
    leads = [one for one in referrals_of(session, record) if one.lead]
    if not leads or not taken or not lifecycle.leads_from(step, record.stage or ""):
        return None
    lead = leads[0]
    access.require(record.etype, answer.needs, lead.to_path)
    if version is not None:
        check_version(record, version)
    _require_taken(lead, answer)
    require_due(lead, answer, place.today)
    if not _performs(place, lead, answer, step):
        return None
    return Given(lead, answer, is_own(access, lead, answer))


def _answer_of(step: Transition) -> Answer | None:
    """Return the answer of the unit that is asked which performs a step; None for a step that no answer performs."""
    return next(
        (one for one in ANSWERS.values() if one.side == RECEIVER and step.on == event_of(one.to)), None
    )


def _require_taken(lead: Referral, answer: Answer) -> None:
    """Raise Conflict where the leading referral does not stand as the answer needs it."""
    if lead.status in answer.sources:
        return
    if lead.status == SENT:
        raise Conflict("referral.not_accepted", msg("Accept the matter first, then report what came of it"))
    if STATES[lead.status].open:
        message = msg("The unit has asked to return the matter: the sender decides on that first")
        raise Conflict("referral.asked_back", message)
    raise answered(lead, "referral.answered")


def _performs(place: _Place, lead: Referral, answer: Answer, step: Transition) -> bool:
    """Tell whether the answer performs the step; raise Conflict where it performs another one, or none on this route.

    Where facts of the record keep it from being performed it is refused like every other step.
    """
    facts = referral_facts(lead)
    facts["referral"]["status"] = answer.to
    env = Env(place.today, taxonomies=place.bundle.taxonomies)
    found = step_for(place.bundle, place.record, env, event_of(answer.to), facts)
    if found is not None and found.id == step.id:
        return True
    by_hand = leaving_out(step.by_hand, "/form/") if step.by_hand is not None else None
    if found is None and by_hand is not None and not evaluate(by_hand, facts_of(place.record), env):
        return False
    raise Conflict("referral.other_step", msg("Of a matter on this route something else is reported"))
