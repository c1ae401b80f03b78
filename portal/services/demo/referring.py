"""Hand a made-up case to the department that the rules propose."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.core.events import Happening
from portal.core.referrals import SENT, event_of
from portal.core.zone import LOCAL
from portal.persistence.models import Decision, Referral, Unit
from portal.services.bundles import Bundle
from portal.services.calendars import calendar_of
from portal.services.demo.walking import Step
from portal.services.records.acts.performed import Performed
from portal.services.records.handling.referral_facts import referral_facts
from portal.services.records.handling.referring import due_day
from portal.services.records.privacy.record_encryption import opened_decision

if TYPE_CHECKING:
    from portal.services.portal import Work


def refer(act: Performed, decision: Decision, bundle: Bundle, step: Step) -> Referral | None:
    """Accept the first proposal at the moment of a step."""
    uow, record = act.uow, act.record
    _answer, proposals = opened_decision(uow.portal.keys, record, decision)
    if not proposals:
        return None
    proposal = proposals[0]
    unit = _unit(uow, proposal["seat"]["unit_code"])
    if unit is None:
        return None
    day = step.at.astimezone(LOCAL).date()
    due_on = due_day(
        calendar_of(uow.portal, uow.session, bundle), bundle, proposal["deadline"], day
    ) or day + dt.timedelta(days=30)
    record.handler_unit_id, record.handler_path = unit.id, unit.path
    record.due_on, record.route = due_on, proposal["route"] or None
    made = Referral(
        uid=hashlib.md5(f"{record.uid}referral".encode()).hexdigest(),
        record=record,
        etype=record.etype,
        proposal=0,
        rule=proposal["rules"][0] if proposal["rules"] else "",
        route=proposal["route"] or "",
        mode=proposal["mode"],
        from_unit_id=record.unit_id,
        from_path=record.unit_path,
        to_unit_id=unit.id,
        to_path=unit.path,
        seat=proposal["seat"],
        status="accepted" if uow.now - step.at > dt.timedelta(days=6) else "sent",
        lead=True,
        due_on=due_on,
        created_at=step.at,
        created_by_name=step.by,
        version=1,
    )
    uow.add(made)
    act.referrals_touched.append(made)
    facts = referral_facts(made)
    act.happened(Happening("referral", event_of(SENT), day, facts | {"deadline": proposal["deadline"]}))
    if made.status == "accepted":
        act.happened(Happening("referral", event_of(made.status), day + dt.timedelta(days=1), facts))
    return made


def _unit(uow: Work, code: str) -> Unit | None:
    known: dict[str, Unit | None] = uow.session.info.setdefault("demo_units", {})
    if code not in known:
        known[code] = uow.session.scalar(select(Unit).where(Unit.code == code))
    return known[code]
