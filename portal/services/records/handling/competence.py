"""A dispute about competence: two units say that a matter is not theirs, and the superior of both decides."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, Access
from portal.core.acts import DECIDE_COMPETENCE, RAISE_DISPUTE
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.layout.model import OWN
from portal.core.referrals import DISPUTE, SENT, STATES
from portal.persistence.models import Record, Referral, Unit
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform
from portal.services.records.handling.answering_referrals import referrals_of
from portal.services.records.handling.leading import led_on
from portal.services.records.handling.referring import Plan, refer, tell
from portal.services.records.proposing.seats import Seat
from portal.services.units.centres import CentreRef, centre_of
from portal.services.units.lookup import by_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Dispute:
    """The units that returned a matter as not theirs, the latest first, and the centre above all of them."""

    units: tuple[Unit, ...]
    superior: CentreRef


def dispute_of(session: Session, record: Record) -> Dispute | None:
    """Return the dispute about a record that nobody leads: None until two units have returned it."""
    referrals = referrals_of(session, record)
    if not record.is_open or any(one.lead and STATES[one.status].open for one in referrals):
        return None
    refused = [one for one in referrals if one.lead and one.status == "returned"]
    ids = dict.fromkeys(one.to_unit_id for one in refused)
    units = tuple(by_id(session, one) for one in ids)
    if len(units) < 2:
        return None
    superior = _above(session, units)
    return Dispute(units, superior) if superior is not None else None


def _above(session: Session, units: Sequence[Unit]) -> CentreRef | None:
    """Return the nearest centre that stands above every one of some units."""
    shared: list[int] = []
    for step in zip(*(unit.ancestor_ids for unit in units), strict=False):
        if len(set(step)) > 1:
            break
        shared.append(step[0])
    own = {unit.id for unit in units}
    above = [one for one in shared if one not in own]
    return centre_of(session, by_id(session, above[-1])) if above else None


def raise_dispute(uow: Work, uid: str, *, version: int, reason: str) -> Referral:
    """Ask the common superior of the units that returned a matter who of them is competent."""
    record = load(uow.session, uid)
    with perform(uow, RAISE_DISPUTE, record, version=version) as act:
        require_reason(reason)
        found = dispute_of(uow.session, record)
        if found is None:
            raise Conflict(
                "dispute.none", msg("Two units have to return the matter before the superior decides")
            )
        if any(one.kind == DISPUTE and STATES[one.status].open for one in referrals_of(uow.session, record)):
            raise Conflict("dispute.raised", msg("The superior is asked already"))
        superior = by_id(uow.session, found.superior.unit_id)
        made = Referral(
            uid=uuid.uuid4().hex,
            record=record,
            etype=record.etype,
            kind=DISPUTE,
            lead=False,
            from_unit_id=record.unit_id,
            from_path=record.unit_path,
            to_unit_id=superior.id,
            to_path=superior.path,
            created_at=uow.now,
            created_by=uow.access.user_id,
            created_by_name=uow.access.name,
            reason=reason,
            status=SENT,
            version=1,
        )
        uow.add(made)
        act.referrals_touched.append(made)
        act.touch()
        tell(act, made)
        act.history(reason=reason, unit_id=superior.id)
        act.audit(
            after={"superior": superior.code, "units": [unit.code for unit in found.units]}, reason=reason
        )
    return made


def decide_competence(
    uow: Work,
    referral: str,
    *,
    unit: str,
    reason: str,
    version: int | None = None,
    form: Mapping[str, Any] | None = None,
) -> Referral:
    """Decide at the superior which of the units is competent; the decision binds it. Return its new referral."""
    asked = uow.session.scalars(
        select(Referral).where(Referral.uid == referral, Referral.kind == DISPUTE)
    ).one_or_none()
    if asked is None:
        raise NotFound("referral.unknown", msg("There is no such referral"))
    record = uow.session.get_one(Record, asked.record_id, with_for_update={"key_share": True, "of": Record})
    uow.session.refresh(asked)
    with perform(uow, DECIDE_COMPETENCE, record, at=(asked.to_path,)) as act:
        if asked.status != SENT or version not in (None, asked.version):
            raise Conflict("dispute.decided", msg("This has been decided or taken back meanwhile"))
        require_reason(reason)
        refused = next(
            (one for one in _refused(uow.session, record) if by_id(uow.session, one.to_unit_id).code == unit),
            None,
        )
        if refused is None:
            message = msg("Choose one of the units that returned the matter")
            raise InvalidInput(
                "dispute.unit", message, problems=[Problem("dispute.unit", message, pointer="/unit")]
            )
        asked.record = record
        asked.status, asked.answer = "done", reason
        asked.answered_at, asked.answered_by_name = uow.now, uow.access.name
        asked.version += 1
        act.referrals_touched.append(asked)
        tell(act, asked)
        act.save()
        plan = _plan(refused, unit)
        lead = refer(act, plan, None, reason, binding=True)
        act.history(reason=reason, unit_id=lead.to_unit_id)
        step = led_on(act, lead, form, proposal=plan)
        act.audit(
            before=step.before or None, after=plan.said() | {"binding": True, **step.after}, reason=reason
        )
    return lead


def may_decide(access: Access, referral: Referral) -> bool:
    """Tell whether a person may decide a dispute that waits."""
    open_one = referral.kind == DISPUTE and referral.status == SENT
    return open_one and access.allows(referral.etype, DISPOSE, referral.to_path)


def _refused(session: Session, record: Record) -> list[Referral]:
    return [one for one in referrals_of(session, record) if one.lead and one.status == "returned"]


def _plan(refused: Referral, unit: str) -> Plan:
    """Return the plan that sends a matter where it was sent before, on the same route."""
    seat = dict(refused.seat or {})
    place = Seat(
        seat.get("kind", "department"),
        seat.get("id", ""),
        seat.get("title") or "",
        unit,
        seat.get("duty", ""),
        seat.get("department"),
        seat.get("department_title"),
        seat.get("answer_hours"),
    )
    return Plan(place, refused.route, refused.mode, None, (), overridden=True, to={OWN: seat.get("id", "")})
