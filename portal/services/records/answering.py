"""Referrals from the receiving side: accept, return, report as done; and revoke from the sending side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, REFER
from portal.core.errors import Conflict, NotFound, msg
from portal.persistence.models import Record, Referral
from portal.persistence.scope import owned
from portal.services.records.disposing import set_handler
from portal.services.records.owned import rows_of
from portal.services.records.writing import audit, event, need, save, touch

if TYPE_CHECKING:
    from portal.services.portal import Work

# From which states an answer is possible, to which it leads, and whether it needs a reason.
ANSWERS: dict[str, tuple[frozenset[str], str, bool]] = {
    "accept": (frozenset({"sent"}), "accepted", False),
    "return": (frozenset({"sent", "accepted"}), "returned", True),
    "done": (frozenset({"accepted"}), "done", False),
    "revoke": (frozenset({"sent", "accepted"}), "revoked", True),
}
_OF_RECORD = owned(Referral, Referral.id.desc())


def referral(uow: Work, uid: str, action: str, *, reason: str = "", version: int | None = None) -> Referral:
    """Answer a referral; a returned or revoked lead takes the matter back to the centre."""
    if action not in ANSWERS:
        raise NotFound("referral.action", msg("There is no such answer"))
    before, after, needs_reason = ANSWERS[action]
    # Of several who answer at the same moment the others wait, and are told who was first.
    query = select(Referral).where(Referral.uid == uid).with_for_update(of=Referral)
    found = uow.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("referral.unknown", msg("There is no such referral"))
    record = uow.session.get(Record, found.record_id)
    if record is None:
        raise NotFound("referral.unknown", msg("There is no such referral"))
    if action == "revoke":
        uow.access.require(record.etype, DISPOSE, found.from_path)
    else:
        uow.access.require(record.etype, REFER, found.to_path)
    stale = version is not None and found.version != version
    if stale or found.status not in before:
        params = {"status": found.status, "who": found.answered_by_name or found.created_by_name}
        code = "referral.stale" if stale else "referral.answered"
        raise Conflict(code, msg("%(who)s has answered this referral already"), params)
    if needs_reason:
        need(reason)
    was = found.status
    found.record = record
    found.status, found.answer = after, reason
    found.answered_at, found.answered_by_name = uow.now, uow.access.name
    found.version += 1
    save(uow, record)
    if found.lead:
        touch(uow, record)
    if found.lead and action in ("return", "revoke"):
        set_handler(uow, record, None, None)
    event(uow, record, "referral", action, reason=reason, unit_id=found.to_unit_id)
    audit(
        uow,
        f"referral.{action}",
        record,
        before={"referral": found.uid, "status": was},
        after={"referral": found.uid, "status": after},
        reason=reason,
    )
    uow.notify(f"referral.{after}", {"record": record.uid, "referral": found.uid})
    save(uow, record)
    return found


def referrals_of(session: Session, record: Record) -> list[Referral]:
    """Return the referrals of a record, the latest first."""
    return rows_of(session, record, _OF_RECORD)
