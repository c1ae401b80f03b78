"""Send a matter to a unit: the leading referral, those of assisting departments, and the handler that follows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from portal.core.deadlines import due
from portal.core.events import Happening
from portal.core.messages import ReferralChanged
from portal.core.referrals import SENT, event_of
from portal.persistence.models import Record, Referral
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref
from portal.services.records.acts.performed import Performed
from portal.services.records.proposing.decisions import DecisionView
from portal.services.records.proposing.seats import Seat
from portal.services.units.holding import hold
from portal.services.units.lookup import by_code


@dataclass(frozen=True)
class Plan:
    """The destination chosen for a matter, by the rules or by a person."""

    seat: Seat
    route: str
    mode: str
    deadline: str | None
    assist: Sequence[str]
    rule: str = ""
    proposal: int | None = None
    overridden: bool = False
    grounds: str = ""
    to: Mapping[str, str] | None = None

    def offered(self) -> dict[str, Any]:
        """Return the parameters of the effect that a person accepted, as rules write them."""
        found = {"route": self.route, "to": self.to, "mode": self.mode, "deadline": self.deadline}
        return {name: value for name, value in found.items() if value} | {"assist": list(self.assist)}

    def said(self) -> dict[str, Any]:
        """Return what the audit entry says of it."""
        return {
            "to": self.seat.unit_code,
            "route": self.route,
            "mode": self.mode,
            "rule": self.rule,
            "overridden": self.overridden,
            "assist": list(self.assist),
        }


def refer(act: Performed, plan: Plan, decision: DecisionView | None, reason: str) -> Referral:
    """Send the matter by a plan and make the unit its handler; return the leading referral."""
    uow, record, bundle = act.uow, act.record, act.bundle
    due_on = due_day(bundle, plan.deadline, uow.today)
    centre = centre_ref(uow, record)
    shared: dict[str, Any] = {
        "record": record,
        "etype": record.etype,
        "decision_id": decision.id if decision else None,
        "from_unit_id": record.unit_id,
        "from_path": record.unit_path,
        "route": plan.route,
        "mode": plan.mode,
        "due_on": due_on,
        "created_at": uow.now,
        "created_by": uow.access.user_id,
        "created_by_name": uow.access.name,
        "reason": reason,
        "status": SENT,
        "version": 1,
    }
    unit = by_code(uow.session, plan.seat.unit_code)
    helpers = [by_code(uow.session, f"{centre.unit_code}:{department}") for department in plan.assist]
    hold(uow.session, unit, *helpers)
    lead = Referral(
        uid=uuid.uuid4().hex,
        to_unit_id=unit.id,
        to_path=unit.path,
        seat=plan.seat.to_json(),
        proposal=plan.proposal,
        rule=plan.rule,
        overridden=plan.overridden,
        documents=decision.documents if decision else [],
        steps=decision.steps if decision else [],
        assist=list(plan.assist),
        lead=True,
        **shared,
    )
    made = [
        lead,
        *(
            Referral(uid=uuid.uuid4().hex, to_unit_id=unit.id, to_path=unit.path, lead=False, **shared)
            for unit in helpers
        ),
    ]
    uow.add(*made)
    act.referrals_touched += made
    act.happened(
        Happening("referral", event_of(SENT), payload=referral_facts(lead) | {"deadline": plan.deadline})
    )
    if due_on is not None:
        record.due_on = due_on
    record.route = plan.route or None
    act.touch()
    hand_over(act, lead.to_unit_id, lead.to_path)
    for one in made:
        tell(act, one)
    return lead


def tell(act: Performed, referral: Referral) -> None:
    """Tell those concerned that a referral came into its state."""
    act.emit(
        event_of(referral.status),
        ReferralChanged,
        referral=referral.uid,
        unit=referral.to_unit_id,
        lead=referral.lead,
        registered_by=act.record.created_by or 0,
        sent_by=referral.created_by or 0,
    )


def due_day(bundle: Bundle, deadline: str | None, start: dt.date) -> dt.date | None:
    """Return the day on which a period of the release ends."""
    period = bundle.periods.get(deadline or "")
    if period is None:
        return None
    found = due(bundle.calendar, period, start)
    return found.date() if isinstance(found, dt.datetime) else found


def referral_facts(referral: Referral) -> dict[str, Any]:
    """Return what conditions may read of a referral that comes into a state."""
    return {
        "referral": {
            "route": referral.route,
            "mode": referral.mode,
            "status": referral.status,
            "lead": referral.lead,
            "reason": referral.reason,
            "due_on": referral.due_on,
        }
    }


def hand_over(act: Performed, unit_id: int | None, path: str | None) -> None:
    """Make a unit the handler of a record and of its parts; None takes it back."""
    record = act.record
    record.handler_unit_id, record.handler_path = unit_id, path
    if unit_id is None:
        record.route = None
    act.save()
    act.uow.session.execute(
        update(Record)
        .where(Record.parent_id == record.id)
        .values(handler_unit_id=unit_id, handler_path=path),
        execution_options={"unscoped": "parts go where their whole goes", "synchronize_session": False},
    )
