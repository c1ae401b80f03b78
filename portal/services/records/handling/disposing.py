"""A person accepts what the rules propose, or overrides it with a reason; the matter goes to a unit."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from portal.core.acts import REFER_ON
from portal.core.deadlines import due
from portal.core.errors import InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.events import Happening
from portal.core.referrals import SENT, event_of
from portal.persistence.models import Record, Referral, Unit
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.proposing.decisions import DecisionView, decision_for, view_of
from portal.services.records.proposing.seats import Seat, SeatFinder
from portal.services.units.lookup import by_code

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Override:
    """Where a person sends a matter instead of where the rules propose."""

    to: Mapping[str, str]
    route: str = ""
    mode: str = ""
    deadline: str | None = None
    assist: Sequence[str] = ()


@dataclass(frozen=True)
class _Plan:
    """The destination chosen for a matter, by the rules or by a person."""

    seat: Seat
    route: str
    mode: str
    deadline: str | None
    assist: Sequence[str]
    rule: str = ""
    proposal: int | None = None
    overridden: bool = False


def dispose(
    uow: Work,
    uid: str,
    *,
    version: int,
    decision_id: int | None = None,
    proposal: int | None = None,
    override: Override | None = None,
    reason: str = "",
) -> Referral:
    """Hand a matter to a unit: by a proposal of a decision, or by an override with a reason.

    Returns the lead referral; assisting departments get referrals of their own.
    """
    record = load(uow.session, uid)
    with perform(uow, REFER_ON, record, version=version) as act:
        bundle, keys = act.bundle, uow.portal.keys
        finder = SeatFinder(uow.portal, uow.session, centre_ref(uow, record), bundle, uow.today)
        place = by_code(uow.session, record.place) if record.place else None
        decision = None
        if decision_id is not None:
            decision = view_of(keys, record, decision_for(uow.session, record, decision_id))
        if override is not None:
            require_reason(reason)
            plan = _overriding(bundle, finder, override, place)
        else:
            plan = _accepting(decision, proposal, finder, place)
        lead = _refer(act, plan, decision, reason)
        act.touch()
        hand_over(act, lead.to_unit_id, lead.to_path)
        act.history(plan.route, reason=reason, unit_id=lead.to_unit_id, data={"seat": lead.seat})
        act.audit(after=_said(plan), reason=reason)
        act.notify(event_of(SENT), {"record": record.uid, "referral": lead.uid, "unit": plan.seat.unit_code})
    return lead


def _said(plan: _Plan) -> dict[str, Any]:
    return {
        "to": plan.seat.unit_code,
        "route": plan.route,
        "mode": plan.mode,
        "rule": plan.rule,
        "overridden": plan.overridden,
        "assist": list(plan.assist),
    }


def _accepting(
    decision: DecisionView | None, proposal: int | None, finder: SeatFinder, place: Unit | None
) -> _Plan:
    if decision is None or proposal is None or not 0 <= proposal < len(decision.proposals):
        raise NotFound("proposal.unknown", msg("There is no such proposal"))
    chosen = decision.proposals[proposal]
    # Who is on duty may have changed since the rules were asked.
    seat = finder.find(chosen["to"], place)
    return _Plan(
        seat,
        chosen["route"] or "",
        chosen["mode"],
        chosen["deadline"],
        chosen["assist"],
        chosen["rule"],
        proposal,
    )


def _overriding(bundle: Bundle, finder: SeatFinder, override: Override, place: Unit | None) -> _Plan:
    known: dict[str, Mapping[str, Any]] = {
        "department": bundle.departments,
        "window": {thing.id: {} for thing in bundle.layout.windows},
        "room": {thing.id: {} for thing in bundle.layout.rooms},
        "zone": {thing.id: {} for thing in bundle.layout.zones},
        "subcentre": {thing.id: {} for thing in bundle.layout.subcentres},
        "tier": {"up": {}, "down": {}, "centre": {}},
    }
    kind, name = next(iter(override.to.items()), ("", ""))
    problems = []
    if name not in known.get(kind, {}):
        problems.append(Problem("dispose.target", msg("Choose where the matter goes"), pointer="/to"))
    if override.route and override.route not in bundle.routes:
        problems.append(Problem("dispose.route", msg("Choose one of the routes"), pointer="/route"))
    if override.mode and override.mode not in bundle.settings.get("values", {}).get("modes", {}):
        problems.append(Problem("dispose.mode", msg("Choose one of the ways to resolve it"), pointer="/mode"))
    if override.deadline and override.deadline not in bundle.deadlines:
        problems.append(Problem("dispose.deadline", msg("Choose one of the periods"), pointer="/deadline"))
    problems += [
        Problem("dispose.assist", msg("There is no department “%(id)s”"), {"id": name}, pointer="/assist")
        for name in override.assist
        if name not in bundle.departments
    ]
    if problems:
        raise InvalidInput("dispose.invalid", msg("Please correct what is marked"), problems=problems)
    seat = finder.find(override.to, place)
    return _Plan(seat, override.route, override.mode, override.deadline, override.assist, overridden=True)


def _refer(act: Performed, plan: _Plan, decision: DecisionView | None, reason: str) -> Referral:
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
        "created_by_name": uow.access.name,
        "reason": reason,
        "status": SENT,
        "version": 1,
    }
    unit = by_code(uow.session, plan.seat.unit_code)
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
        **shared,
    )
    helpers = [by_code(uow.session, f"{centre.unit_code}:{department}") for department in plan.assist]
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
    return lead


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
    act.save()
    act.uow.session.execute(
        update(Record)
        .where(Record.parent_id == record.id)
        .values(handler_unit_id=unit_id, handler_path=path),
        execution_options={"unscoped": "parts go where their whole goes", "synchronize_session": False},
    )
