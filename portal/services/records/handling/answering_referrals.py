"""Referrals from the receiving side: accept, return, report as done; and revoke from the sending side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import Access, within
from portal.core.acts import ACTS, for_another
from portal.core.errors import Conflict, NotFound, msg, require_reason
from portal.core.events import Happening
from portal.core.referrals import ANSWERS, DISPUTE, ENDED, RECEIVER, SENDER, STATES, Answer, event_of
from portal.core.zone import LOCAL
from portal.persistence import scope
from portal.persistence.models import Record, Referral
from portal.persistence.scope import owned
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform, prepare
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.handling.leading import led_on
from portal.services.records.handling.referral_facts import referral_facts
from portal.services.records.handling.referring import hand_over, open_referrals, tell

if TYPE_CHECKING:
    from portal.services.portal import Work

ASKED_BACK = "asked_back"
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
        raise too_late_for(uow.access, found, answer) or _unknown()
    own = is_own(uow.access, found, answer)
    act_of = event_of(action) if own else for_another(action)
    with perform(uow, ACTS[act_of], record, at=(_side(answer, found),)) as act:
        stale = version is not None and found.version != version
        if stale or found.status not in answer.sources:
            raise answered(found, "referral.stale" if stale else "referral.answered")
        require_due(found, answer, uow.today)
        if answer.needs_reason or not own:
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
    return too_late_for(access, found, answer) if of_it else None


def too_late_for(access: Access, referral: Referral, answer: Answer) -> Conflict | None:
    """Return the refusal of an answer that comes after another one; None for those who could not have given it."""
    if STATES[referral.status].open or not access.allows(
        referral.etype, answer.needs, _side(answer, referral)
    ):
        return None
    return answered(referral, "referral.answered")


def answered(referral: Referral, code: str) -> Conflict:
    """Return the refusal that says who was first, and when; nobody was where it only was looked at too long ago."""
    if referral.answered_at is None:
        return Conflict(
            code, msg("Please look at the matter again, then answer"), {"status": referral.status}
        )
    who, at = referral.answered_by_name, referral.answered_at.astimezone(LOCAL)
    if referral.status == ENDED:
        message = msg("The matter was closed on %(day)s: nothing is asked of the unit any more")
        return Conflict(code, message, {"status": referral.status, "day": f"{at:%Y-%m-%d}"})
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
    # Who takes a matter back need not say why: the unit has said it.
    found.status, found.answer = answer.to, reason or (found.answer if was == ASKED_BACK else "")
    found.answered_at, found.answered_by_name = uow.now, uow.access.name
    found.version += 1
    act.referrals_touched.append(found)
    act.save()
    if found.lead:
        act.touch()
        act.happened(Happening("referral", event_of(answer.to), payload=referral_facts(found)))
    act.history(reason=found.answer, unit_id=found.to_unit_id)
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


def require_due(referral: Referral, answer: Answer, today: dt.date) -> None:
    """Refuse an answer that this referral does not take, or takes no more."""
    if referral.kind == DISPUTE and answer.side == RECEIVER:
        raise Conflict("referral.dispute", msg("Who is competent is decided, not answered"))
    if answer.objects and referral.binding:
        raise Conflict(
            "referral.binding",
            msg("The superior has decided that this unit is competent: it can't be returned"),
        )
    if answer.timely and referral.return_by is not None and today > referral.return_by:
        said = {"day": referral.return_by.isoformat()}
        message = msg("It could be returned until %(day)s; now the sender has to agree: ask to return it")
        raise Conflict("referral.too_late_to_return", message, said)


def is_own(access: Access, referral: Referral, answer: Answer) -> bool:
    """Tell whether a person gives an answer as the unit that is asked, not in its place.

    A role at the sender, or above it, is not one at the unit that was asked.
    """
    if access.unlimited or answer.side == SENDER:
        return True
    return any(
        within(referral.to_path, held) and (held == referral.to_path or not within(referral.from_path, held))
        for held in access.held_at(referral.etype, answer.needs)
    )


def answers_to(access: Access, referral: Referral, today: dt.date | None = None) -> tuple[Answer, ...]:
    """Return the answers that a person may give to a referral on a day, as the unit that is asked or as the sender."""
    return tuple(one for one in _possible(access, referral, today) if is_own(access, referral, one))


def answers_for(access: Access, referral: Referral, today: dt.date | None = None) -> tuple[Answer, ...]:
    """Return the answers that a person may give on a day in place of the unit that was asked, with a reason."""
    return tuple(one for one in _possible(access, referral, today) if not is_own(access, referral, one))


def _possible(access: Access, referral: Referral, today: dt.date | None) -> Iterator[Answer]:
    late = today is not None and referral.return_by is not None and today > referral.return_by
    for answer in ANSWERS.values():
        if referral.status not in answer.sources or (referral.kind == DISPUTE and answer.side == RECEIVER):
            continue
        # Until its day it is returned, afterwards it is asked for.
        untimely = answer.objects and (referral.binding or answer.timely is late)
        if not untimely and access.allows(referral.etype, answer.needs, _side(answer, referral)):
            yield answer


def _side(answer: Answer, referral: Referral) -> str:
    """Return the path of the unit that gives an answer."""
    return referral.to_path if answer.side == RECEIVER else referral.from_path


def referrals_of(session: Session, record: Record) -> list[Referral]:
    """Return the referrals of a record, the latest first."""
    return rows_of(session, record, _OF_RECORD)
