"""A person accepts what the rules propose, or overrides it with a reason; the matter goes to a unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portal.core.acts import REFER_ON
from portal.core.errors import InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.layout.model import OWN
from portal.persistence.models import Referral, Unit
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performing import perform
from portal.services.records.handling.leading import led_on
from portal.services.records.handling.referring import Plan, open_referrals, refer, require_reached
from portal.services.records.proposing.decisions import DecisionView, decision_for, view_of
from portal.services.records.proposing.seats import SeatFinder
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


def dispose(
    uow: Work,
    uid: str,
    *,
    version: int,
    decision_id: int | None = None,
    proposal: int | None = None,
    override: Override | None = None,
    reason: str = "",
    form: Mapping[str, Any] | None = None,
    assist: Sequence[str] | None = None,
) -> Referral:
    """Hand a matter to a unit: by a proposal of a decision, or by an override with a reason.

    Returns the lead referral; assisting departments get referrals of their own. Where a step of the present stage is
    performed by a sent referral, it is taken in the same act, with ``form`` for what the referral does not say.
    A lead that was open ends with this act, which then needs a reason too, and so does an open referral to a unit that
    is asked again. ``assist`` are the departments that help in place of the proposed ones.
    """
    record = load(uow.session, uid)
    with perform(uow, REFER_ON, record, version=version) as act:
        bundle, keys = act.bundle, uow.portal.keys
        finder = SeatFinder.of(
            uow.portal,
            uow.session,
            centre_ref(uow, record),
            bundle,
            uow.today,
            stamp=uow.stamp,
            home=record.unit_path,
        )
        place = by_code(uow.session, record.place) if record.place else None
        decision = None
        if decision_id is not None:
            decision = view_of(keys, record, decision_for(uow.session, record, decision_id))
        if override is not None:
            require_reason(reason)
            plan = _overriding(bundle, finder, override, place)
        else:
            plan = _accepting(bundle, decision, proposal, finder, place)
            if any(one.lead for one in open_referrals(act)):
                require_reason(reason)
        if assist is not None:
            plan = replace(plan, assist=known_departments(bundle, assist))
        require_reached(act, plan.seat)
        lead = refer(act, plan, decision, reason)
        act.history(plan.route, reason=reason, unit_id=lead.to_unit_id, data={"seat": lead.seat})
        step = led_on(act, lead, form, proposal=plan)
        act.audit(before=step.before or None, after=plan.said() | dict(step.after), reason=reason)
    return lead


def _accepting(
    bundle: Bundle,
    decision: DecisionView | None,
    proposal: int | None,
    finder: SeatFinder,
    place: Unit | None,
) -> Plan:
    if decision is None or proposal is None or not 0 <= proposal < len(decision.proposals):
        raise NotFound("proposal.unknown", msg("There is no such proposal"))
    chosen = decision.proposals[proposal]
    # Who is on duty may have changed since the rules were asked.
    seat = finder.find_received(chosen["to"], place)
    texts = bundle.texts()
    return Plan(
        seat,
        chosen["route"] or "",
        chosen["mode"],
        chosen["deadline"],
        chosen["assist"],
        chosen["rule"],
        proposal,
        grounds=" ".join(texts(reason["text"]) for reason in chosen["reasons"]),
        to=chosen["to"],
    )


def _overriding(bundle: Bundle, finder: SeatFinder, override: Override, place: Unit | None) -> Plan:
    known: dict[str, Mapping[str, Any]] = {
        "department": bundle.departments,
        OWN: bundle.departments,
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
    problems += [*_period_problems(bundle, override), *_assist_problems(bundle, override.assist)]
    if problems:
        raise InvalidInput("dispose.invalid", msg("Please correct what is marked"), problems=problems)
    seat = finder.find(override.to, place)
    return Plan(
        seat,
        override.route,
        override.mode,
        override.deadline,
        override.assist,
        overridden=True,
        to={"department": name} if kind == OWN else override.to,
    )


def _period_problems(bundle: Bundle, override: Override) -> Iterator[Problem]:
    period = bundle.periods.get(override.deadline or "")
    if override.deadline and period is None:
        yield Problem("dispose.deadline", msg("Choose one of the periods"), pointer="/deadline")
    elif period is not None and period.route not in (None, override.route or None):
        said = {"period": bundle.texts()(period.title)}
        message = msg("The period “%(period)s” belongs to another route")
        yield Problem("dispose.deadline", message, said, pointer="/deadline")


def known_departments(bundle: Bundle, named: Sequence[str]) -> Sequence[str]:
    """Return departments that are asked to help, each once; refuse one that the release does not know."""
    problems = list(_assist_problems(bundle, named))
    if problems:
        raise InvalidInput("dispose.invalid", msg("Please correct what is marked"), problems=problems)
    return list(dict.fromkeys(named))


def _assist_problems(bundle: Bundle, named: Sequence[str]) -> Iterator[Problem]:
    for name in named:
        if name not in bundle.departments:
            message = msg("There is no department “%(id)s”")
            yield Problem("dispose.assist", message, {"id": name}, pointer="/assist")
