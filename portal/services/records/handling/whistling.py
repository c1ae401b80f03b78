"""Calling several units to one matter at once: each answers by its own day, one of them leads."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core.acts import WHISTLE_UP
from portal.core.deadlines import Period, WorkCalendar, due
from portal.core.errors import Conflict, InvalidInput, Problem, msg, require_reason
from portal.core.layout.model import OWN
from portal.core.referrals import SENT, WHISTLE
from portal.persistence.models import Referral
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.handling.choosing import periods_for, term_of
from portal.services.records.handling.clocks.running import calendar_for
from portal.services.records.handling.leading import LedOn, led_on
from portal.services.records.handling.referring import (
    Plan,
    day_to_accept,
    last_day_to_return,
    open_referrals,
    refer,
    replace_referral,
    require_reached,
    tell,
)
from portal.services.records.proposing.decisions import closed_routes
from portal.services.records.proposing.seats import SeatFinder
from portal.services.units.holding import hold
from portal.services.units.lookup import by_code

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST_DAYS = 60
MOST_UNITS = 30


@dataclass(frozen=True, slots=True)
class Called:
    """A department that is called, and within how many working days it answers."""

    department: str
    days: int


def whistle(
    uow: Work,
    uid: str,
    *,
    version: int,
    called: Sequence[Called],
    lead: str = "",
    reason: str,
    form: Mapping[str, Any] | None = None,
) -> list[Referral]:
    """Call several departments in one act; return the referrals that were made.

    ``lead`` names the department that leads; without it the unit that leads already goes on. Where a new lead performs
    a step of the present stage, it is taken in the same act.
    """
    record = load(uow.session, uid)
    with perform(uow, WHISTLE_UP, record, version=version) as act:
        require_reason(reason)
        if not record.is_open:
            raise Conflict("record.closed", msg("The matter is closed"))
        problems = list(_problems(act.bundle, called, lead))
        leading = next((one for one in open_referrals(act) if one.lead), None)
        if not lead and leading is None:
            problems.append(Problem("whistle.lead", msg("Choose the unit that leads"), pointer="/lead"))
        if problems:
            raise InvalidInput("whistle.invalid", msg("Please correct what is marked"), problems=problems)
        made, step = [], LedOn()
        if lead:
            head = _lead(act, lead, leading, reason)
            if head is not None:
                # What the sheet of the step says of who helps.
                head.assist = [one.department for one in called if one.department != lead]
                made.append(head)
                step = led_on(act, head, form)
        made += _call(act, [one for one in called if one.department != lead], reason)
        act.touch()
        act.history(
            reason=reason, data={"called": {one.department: one.days for one in called}, "lead": lead}
        )
        after = {"called": [one.department for one in called], "lead": lead, **step.after}
        act.audit(before=step.before or None, after=after, reason=reason)
    return made


def answer_day(calendar: WorkCalendar, days: int, today: dt.date) -> dt.date | None:
    """Return the day by which a unit answers that is called today."""
    length = {"title": "", "length": {"n": days, "unit": "working_day"}}
    found = due(calendar, Period.from_definition("", length), today)
    return found.date() if isinstance(found, dt.datetime) else found


def _problems(bundle: Bundle, called: Sequence[Called], lead: str) -> Iterator[Problem]:
    if not called or len(called) > MOST_UNITS:
        yield Problem(
            "whistle.called",
            msg("Choose between one and %(most)s units"),
            {"most": MOST_UNITS},
            pointer="/called",
        )
    names = [one.department for one in called]
    for name in [*names, *([lead] if lead else [])]:
        if name not in bundle.departments:
            yield Problem(
                "dispose.assist", msg("There is no department “%(id)s”"), {"id": name}, pointer="/called"
            )
    if len(set(names)) < len(names):
        yield Problem("whistle.twice", msg("A unit is called twice"), pointer="/called")
    if any(not 0 < one.days <= MOST_DAYS for one in called):
        yield Problem(
            "whistle.days",
            msg("Give between 1 and %(most)s working days"),
            {"most": MOST_DAYS},
            pointer="/days",
        )


def _lead(act: Performed, lead: str, leading: Referral | None, reason: str) -> Referral | None:
    """Make a department the leading unit; None where it leads already."""
    uow, record, bundle = act.uow, act.record, act.bundle
    finder = SeatFinder.of(
        uow.portal, uow.session, centre_ref(uow, record), bundle, uow.today, stamp=uow.stamp
    )
    to = {"department": lead}
    seat = finder.find(to)
    if seat.duty == "up":
        # Who is called comes itself: where it has no seat here, its own unit is asked and not the centre above.
        to = {OWN: lead}
        seat = finder.find(to)
    if leading is not None and leading.to_unit_id == by_code(uow.session, seat.unit_code).id:
        return None
    mode = WHISTLE if WHISTLE in bundle.settings.get("values", {}).get("modes", {}) else ""
    route, deadline = usual_way(act)
    plan = Plan(
        seat,
        record.route or route,
        mode,
        None if record.route else deadline,
        (),
        overridden=True,
        to=to,
    )
    require_reached(act, plan.seat)
    return refer(act, plan, None, reason)


def usual_way(act: Performed) -> tuple[str, str | None]:
    """Return the route and the period on which matters of this sort usually go, where they may be chosen."""
    record, bundle = act.record, act.bundle
    term = term_of(bundle, record.dispute_type)
    route, deadline = str(term.get("route") or ""), term.get("deadline")
    if route not in bundle.routes or route in closed_routes(act.uow.portal, act.uow.session, record):
        return "", None
    return route, deadline if deadline in periods_for(bundle, route, record.dispute_type) else None


def _call(act: Performed, called: Sequence[Called], reason: str) -> list[Referral]:
    uow, record = act.uow, act.record
    centre, calendar = centre_ref(uow, record), calendar_for(uow, record, act.bundle)
    units = {one.department: by_code(uow.session, f"{centre.unit_code}:{one.department}") for one in called}
    hold(uow.session, *units.values())
    standing = open_referrals(act)
    leading = next((one.to_unit_id for one in standing if one.lead), None)
    made = []
    for one in called:
        unit = units[one.department]
        if unit.id == leading:
            continue
        for before in standing:
            if before.to_unit_id == unit.id and not before.lead:
                replace_referral(act, before, reason)
        referral = Referral(
            uid=uuid.uuid4().hex,
            record=record,
            etype=record.etype,
            kind=WHISTLE,
            lead=False,
            from_unit_id=record.unit_id,
            from_path=record.unit_path,
            to_unit_id=unit.id,
            to_path=unit.path,
            due_on=answer_day(calendar, one.days, uow.today),
            created_at=uow.now,
            created_by=uow.access.user_id,
            created_by_name=uow.access.name,
            reason=reason,
            status=SENT,
            version=1,
        )
        referral.return_by = last_day_to_return(act, referral)
        referral.accept_by = day_to_accept(act, referral)
        made.append(referral)
    uow.add(*made)
    act.referrals_touched += made
    for one_made in made:
        tell(act, one_made)
    return made
