"""Taking a step by a person: one that an answer to the leading referral performs is that answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from portal.core.conditions import Env
from portal.core.errors import Conflict, msg
from portal.core.referrals import ANSWERS, RECEIVER, SENT, STATES, Answer, event_of
from portal.persistence.models import Record, Referral
from portal.services.records.acts.loading import bundle_of, check_version, load
from portal.services.records.handling import transitions
from portal.services.records.handling.answering_referrals import is_own, referral, referrals_of
from portal.services.records.handling.leading import step_for
from portal.services.records.handling.referral_facts import referral_facts

if TYPE_CHECKING:
    from portal.services.portal import Work

# Where the form of a step that answers a referral says why.
SAID = "grounds"


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
    """Take a step of a record; one that answers the person's own leading referral is taken by that answer.

    Taken beside the referral the step would leave the unit to be asked once more, and pass by the last day on which
    a matter may be returned. Raise Conflict where the referral does not take that answer now.
    """
    record = load(uow.session, uid)
    given = _given(uow, record, transition_id)
    if given is None:
        return transitions.transition(
            uow, uid, transition_id, version=version, form=form, reason=reason, files=files, opened=opened
        )
    check_version(record, version)
    asked, answer = given
    if asked.status == SENT and SENT not in answer.sources:
        raise Conflict("referral.not_accepted", msg("Accept the matter first, then report what came of it"))
    said = reason or str((form or {}).get(SAID, ""))
    referral(uow, asked.uid, answer.name, reason=said, version=asked.version, form=form)
    return record


def _given(uow: Work, record: Record, transition_id: str) -> tuple[Referral, Answer] | None:
    """Return the open leading referral of the person's own unit that a step answers, with the answer."""
    lead = next(
        (one for one in referrals_of(uow.session, record) if one.lead and STATES[one.status].open), None
    )
    if lead is None:
        return None
    bundle = bundle_of(uow, record)
    env = Env(uow.today, taxonomies=bundle.taxonomies)
    for answer in ANSWERS.values():
        if answer.side != RECEIVER or not uow.access.allows(record.etype, answer.needs, lead.to_path):
            continue
        facts = referral_facts(lead)
        facts["referral"]["status"] = answer.to
        found = step_for(bundle, record, env, event_of(answer.to), facts)
        if found is not None and found.id == transition_id and is_own(uow.access, lead, answer):
            return lead, answer
    return None
