"""Referrals from the receiving side: accept, return, report as done; and revoke from the sending side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.acts import ACTS
from portal.core.errors import Conflict, NotFound, msg, require_reason
from portal.core.events import Happening
from portal.core.referrals import ANSWERS, RECEIVER, STATES, Answer, event_of
from portal.core.zone import LOCAL
from portal.persistence import scope
from portal.persistence.models import Record, Referral
from portal.persistence.scope import owned
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform, prepare
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.handling.leading import led_on
from portal.services.records.handling.referring import hand_over, open_referrals, referral_facts, tell

if TYPE_CHECKING:
    from portal.services.portal import Work

_OF_RECORD = owned(Referral, Referral.id.desc())


def referral(
    uow: Work,
    uid: str,
    action: str,
    *,
    reason: str = "",
    version: int | None = None,
    form: Mapping[str, Any] | None = None,
) -> Referral:
    """Answer a referral; a returned or revoked lead takes the matter back to the centre.

    Where a step of the present stage is performed by that answer of the lead, it is taken in the same act, with
    ``form`` for what the answer does not say.
    """
    answer = ANSWERS.get(action)
    if answer is None:
        raise NotFound("referral.action", msg("There is no such answer"))
    found = uow.session.scalars(select(Referral).where(Referral.uid == uid)).one_or_none()
    if found is None:
        raise _unknown()
    # Of several who act at the same moment the others wait here, and are told who was first.
    record = uow.session.get(Record, found.record_id, with_for_update={"key_share": True, "of": Record})
    uow.session.refresh(found)
    if record is None:
        raise _too_late(uow.access, found, answer) or _unknown()
    with perform(uow, ACTS[event_of(action)], record, at=(_side(answer, found),)) as act:
        stale = version is not None and found.version != version
        if stale or found.status not in answer.sources:
            raise _answered(found, "referral.stale" if stale else "referral.answered")
        if answer.needs_reason:
            require_reason(reason)
        _answer(act, found, answer, reason, form)
    return found


def too_late(session: Session, etype: str, record: str, uid: str, action: str) -> Conflict | None:
    """Return the refusal of an answer that comes after another one took the matter out of the person's sight.

    None for anybody who could not give that answer at the unit of the referral, and where it is none of that record:
    to them it is as unknown as the matter.
    """
    answer = ANSWERS.get(action)
    asked = select(Referral).where(Referral.uid == uid, Referral.etype == etype)
    found = session.scalars(asked).one_or_none()
    if answer is None or found is None:
        return None
    access = scope.access_of(session)
    with scope.as_system(
        session, "the matter is out of sight; nothing of it is told but that the referral is its own"
    ):
        of_it = session.scalar(select(Record.uid).where(Record.id == found.record_id)) == record
    return _too_late(access, found, answer) if of_it else None


def _too_late(access: Access, referral: Referral, answer: Answer) -> Conflict | None:
    if STATES[referral.status].open or not access.allows(
        referral.etype, answer.needs, _side(answer, referral)
    ):
        return None
    return _answered(referral, "referral.answered")


def _answered(referral: Referral, code: str) -> Conflict:
    """Return the refusal that says who was first, and when."""
    who = referral.answered_by_name or referral.created_by_name
    at = (referral.answered_at or referral.created_at).astimezone(LOCAL)
    return Conflict(
        code,
        msg("%(who)s has answered this referral already (%(when)s)"),
        {"status": referral.status, "who": who, "when": f"{at:%Y-%m-%d %H:%M}"},
    )


def _unknown() -> NotFound:
    return NotFound("referral.unknown", msg("There is no such referral"))


def _answer(
    act: Performed, found: Referral, answer: Answer, reason: str, form: Mapping[str, Any] | None
) -> None:
    """Write an answer that may be given."""
    uow, record, was = act.uow, act.record, found.status
    found.record = record
    found.status, found.answer = answer.to, reason
    found.answered_at, found.answered_by_name = uow.now, uow.access.name
    found.version += 1
    act.referrals_touched.append(found)
    act.save()
    if found.lead:
        act.touch()
        act.happened(Happening("referral", event_of(answer.to), payload=referral_facts(found)))
    act.history(reason=reason, unit_id=found.to_unit_id)
    tell(act, found)
    step = led_on(act, found, form)
    act.audit(
        before={"referral": found.uid, "status": was, **step.before},
        after={"referral": found.uid, "status": answer.to, **step.after},
        reason=reason,
    )
    if found.lead and answer.takes_back and not any(one.lead for one in open_referrals(act)):
        # Last: from here on the unit that returns it may no longer write the record, nor its day.
        prepare(act)
        hand_over(act, None, None)


def answers_to(access: Access, referral: Referral, *, locked: bool = False) -> tuple[Answer, ...]:
    """Return the answers that a person may give to a referral now, each side at its own unit.

    Of a ``locked`` matter those are left that may still be given.
    """
    return tuple(
        answer
        for answer in ANSWERS.values()
        if referral.status in answer.sources
        and not (locked and ACTS[event_of(answer.name)].stopped_by_lock)
        and access.allows(referral.etype, answer.needs, _side(answer, referral))
    )


def _side(answer: Answer, referral: Referral) -> str:
    """Return the path of the unit that gives an answer."""
    return referral.to_path if answer.side == RECEIVER else referral.from_path


def referrals_of(session: Session, record: Record) -> list[Referral]:
    """Return the referrals of a record, the latest first."""
    return rows_of(session, record, _OF_RECORD)
