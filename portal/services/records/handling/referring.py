"""Send a matter to a unit: the leading referral, those of assisting departments, and the handler that follows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from portal.core.access import DISPOSE, Access
from portal.core.acts import REFERRAL
from portal.core.deadlines import WorkCalendar, due
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.events import Happening
from portal.core.messages import ReferralChanged
from portal.core.referrals import ACCEPTED, DISPUTE, ENDED, REPLACED, SENT, event_of, open_states
from portal.persistence.models import Record, Referral, Unit
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref
from portal.services.records.acts.performed import Performed
from portal.services.records.handling.clocks.running import calendar_for
from portal.services.records.handling.clocks.working_out import events_by
from portal.services.records.handling.referral_facts import referral_facts
from portal.services.records.proposing.decisions import DecisionView, closed_routes
from portal.services.records.proposing.seats import Seat
from portal.services.units.holding import hold
from portal.services.units.lookup import by_code

_STANDING = prepared(
    select(Referral)
    .where(Referral.record_id == bindparam("record_id"), Referral.status.in_(open_states()))
    .order_by(Referral.id)
)


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
    # A day that a person set; without one it follows from the period.
    due_on: dt.date | None = None
    # Whether the unit returns it by itself only until a day; what is not timely may be returned until it is answered.
    timely: bool = True

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


def refer(
    act: Performed, plan: Plan, decision: DecisionView | None, reason: str, *, binding: bool = False
) -> Referral:
    """Send the matter by a plan and make the unit its handler; return the leading referral.

    A lead that was open ends, and so does each open referral to a unit that is asked anew: one unit leads at a time,
    and none has two to answer. Others that were asked to assist go on being asked.
    """
    uow, record, bundle = act.uow, act.record, act.bundle
    refuse_closed(act, plan.route)
    due_on = plan.due_on
    if due_on is None and plan.deadline:
        due_on = due_day(calendar_for(uow, record, bundle), bundle, plan.deadline, uow.today)
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
    lead_of = {"binding": binding, "lead": True, **shared}
    unit = by_code(uow.session, plan.seat.unit_code)
    asked = (by_code(uow.session, f"{centre.unit_code}:{department}") for department in plan.assist)
    # A department that is named twice is asked once; the unit that leads is not asked to help itself.
    helpers = list({one.id: one for one in asked if one.id != unit.id}.values())
    hold(uow.session, unit, *helpers)
    again = {unit.id, *(one.id for one in helpers)}
    for one in open_referrals(act):
        if one.lead or one.kind == DISPUTE or one.to_unit_id in again:
            replace_referral(act, one, reason)
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
        **lead_of,
    )
    lead.return_by = last_day_to_return(act, lead) if plan.timely and not binding else None
    lead.accept_by = day_to_accept(act, lead)
    made = [
        lead,
        *(
            Referral(
                uid=uuid.uuid4().hex,
                to_unit_id=unit.id,
                to_path=unit.path,
                lead=False,
                return_by=lead.return_by,
                accept_by=lead.accept_by,
                **shared,
            )
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


def may_go_to(access: Access, record: Record, path: str) -> bool:
    """Tell whether a person may send a matter to a unit.

    From the unit that owns the matter it is sent anywhere; from where it is only handled, to places below: from
    elsewhere it could not be taken back there.
    """
    return access.allows(record.etype, DISPOSE, record.unit_path, path)


def require_reached(act: Performed, seat: Seat) -> None:
    """Refuse a unit to which the person may not send the matter."""
    unit = by_code(act.uow.session, seat.unit_code)
    if may_go_to(act.uow.access, act.record, unit.path):
        return
    owner = act.uow.session.get_one(Unit, act.record.unit_id)
    said = {"owner": owner.name}
    message = msg(
        "%(owner)s decides whether it goes there: return the matter, or send it to a unit below yours"
    )
    problem = Problem("dispose.outside", message, said, pointer="/to")
    raise InvalidInput("dispose.invalid", msg("Please correct what is marked"), problems=[problem])


def refuse_closed(act: Performed, route: str) -> None:
    """Refuse a route that the rules rule out, such as mediation which a party does not want."""
    why = closed_routes(act.uow.portal, act.uow.session, act.record).get(route) if route else None
    if why is None:
        return
    texts = act.bundle.texts()
    said = {
        "route": texts(act.bundle.routes.get(route, {}).get("title"), route),
        "why": " ".join(dict.fromkeys(texts(reason["text"]) for reason in why)),
    }
    problem = Problem("dispose.ruled_out", msg("%(route)s can't be chosen: %(why)s"), said, pointer="/route")
    raise InvalidInput("dispose.invalid", msg("Please correct what is marked"), problems=[problem])


def open_referrals(act: Performed) -> Sequence[Referral]:
    """Return the referrals of the record that wait for an answer or are accepted, the oldest first."""
    return act.uow.session.scalars(_STANDING, {"record_id": act.record.id}).all()


def last_day_to_return(act: Performed, referral: Referral) -> dt.date | None:
    """Return the last day on which a unit may return a referral by itself; None where no period says one.

    It is the end of the handler's right that lapses and begins when the matter is sent, the latest of several.
    """
    events = _events(act, referral, SENT)
    rights = [
        code
        for code, period in act.bundle.periods.items()
        if period.whose == "handler" and period.expiry == "right_lapses" and events & set(period.starts)
    ]
    return max(_days(act, rights), default=None)


def day_to_accept(act: Performed, referral: Referral) -> dt.date | None:
    """Return the day by which a unit accepts a referral; None where no period says one.

    It is the end of the handler's duty that begins when the matter is sent and ends when it is accepted, the earliest
    of several. A unit that assists accepts as soon as one that leads, and never after the day on which it reports.
    """
    leads = {**referral_facts(referral)["referral"], "lead": True}
    begins, ends = (_events(act, referral, state, leads) for state in (SENT, ACCEPTED))
    duties = [
        code
        for code, period in act.bundle.periods.items()
        if period.whose == "handler" and period.expiry != "right_lapses" and not period.hidden
        if begins & set(period.starts) and ends & set(period.ends)
    ]
    days = _days(act, duties)
    if days and referral.due_on is not None:
        days.append(referral.due_on)
    return min(days, default=None)


def _events(
    act: Performed, referral: Referral, state: str, facts: Mapping[str, Any] | None = None
) -> frozenset[str]:
    """Return the events of the release that arise when a referral comes into a state today."""
    payload = referral_facts(referral) if facts is None else {"referral": {**facts, "status": state}}
    happening = Happening("referral", event_of(state), payload=payload)
    return events_by(act.bundle, act.record, happening, act.uow.today)


def _days(act: Performed, periods: Sequence[str]) -> list[dt.date]:
    """Return the days on which periods end that begin today."""
    if not periods:
        return []
    calendar = calendar_for(act.uow, act.record, act.bundle)
    days = (due_day(calendar, act.bundle, code, act.uow.today) for code in periods)
    return [day for day in days if day is not None]


def replace_referral(act: Performed, referral: Referral, reason: str) -> None:
    """End an open referral because the matter is referred anew: its unit is told, its clock stops."""
    _end(act, referral, REPLACED, reason)


def end_referrals(act: Performed) -> None:
    """End what units were asked of a matter that is closed: they are told, their clocks stop.

    What a unit answered afterwards could no longer go into the matter.
    """
    for one in open_referrals(act):
        _end(act, one, ENDED, "")


def _end(act: Performed, referral: Referral, state: str, reason: str) -> None:
    uow, record = act.uow, act.record
    referral.record = record
    referral.status, referral.answer = state, reason
    referral.answered_at, referral.answered_by_name = uow.now, uow.access.name
    referral.version += 1
    act.referrals_touched.append(referral)
    if referral.lead:
        if record.due_on == referral.due_on:
            record.due_on = None
        act.happened(Happening("referral", event_of(state), payload=referral_facts(referral)))
    act.history(state, kind=REFERRAL, reason=reason, unit_id=referral.to_unit_id)
    tell(act, referral)


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


def due_day(calendar: WorkCalendar, bundle: Bundle, deadline: str | None, start: dt.date) -> dt.date | None:
    """Return the day on which a period of the release ends by a calendar."""
    period = bundle.periods.get(deadline or "")
    if period is None:
        return None
    found = due(calendar, period, start)
    return found.date() if isinstance(found, dt.datetime) else found


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
