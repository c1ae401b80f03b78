"""Open a record by the form of a step, and take a step of the record that led to one: both within one act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from portal.core import pointer as pointers
from portal.core.calendars import WorkCalendar
from portal.core.errors import InvalidInput, Problem
from portal.core.zone import LOCAL
from portal.persistence.models import Referral, Unit
from portal.persistence.scope import prepared
from portal.services.records.entering.keeping_away import keep_opened
from portal.services.records.entering.registering import register
from portal.services.records.handling.clocks.running import calendar_for
from portal.services.records.handling.linking import OPENED, tie

if TYPE_CHECKING:
    from portal.services.bundles import EntityType
    from portal.services.records.acts.performed import Performed

_LEAD = prepared(
    select(Referral.created_at)
    .where(Referral.record_id == bindparam("record"), Referral.lead)
    .order_by(Referral.id.desc())
    .limit(1)
)


def open_record(act: Performed, said: Mapping[str, Any]) -> bool:
    """Register a record of a type with the answers of the step's form, linked with the one that led to it.

    Return False where the release has no such type, or it belongs to another one. Raise InvalidInput, at the fields of
    the form, where the record is refused.
    """
    bundle, record = act.bundle, act.record
    if not bundle.has_entity(said["entity"]) or bundle.entity(said["entity"]).parent:
        return False
    entity = bundle.entity(said["entity"])
    known = {pointers.split(where)[0] for where in bundle.fields(entity.id)}
    data: dict[str, Any] = dict(bundle.form(entity.id).initial() or {})
    data |= {name: value for name, value in _answers(act).items() if name in known}
    for where, value in _told(act, entity).items():
        data = pointers.with_value(data, where, value)
    home = act.uow.session.get_one(Unit, record.unit_id)
    act.save()
    try:
        made = register(act.uow, entity.id, home.code, data).record
    except InvalidInput as refused:
        problems = [
            Problem(one.code, one.message, one.params, pointer=f"/form{one.pointer}")
            for one in refused.problems
        ]
        raise InvalidInput(refused.code, refused.message, refused.params, problems) from refused
    tie(act.uow, OPENED, record, made)
    keep_opened(act, made)
    return True


def _answers(act: Performed) -> Mapping[str, Any]:
    """Return the answers of the form of the step that is being taken."""
    steps = (one.payload.get("form") for one in reversed(act.happenings) if one.how == "step")
    return next(steps, None) or {}


def _told(act: Performed, entity: EntityType) -> dict[str, Any]:
    """Return what a new record says of the one that led to it, by its own fields; nothing where there is nothing."""
    wanted: Mapping[str, str] = entity.entity.get("tells", {})
    found = {where: FACTS[fact](act) for fact, where in wanted.items()}
    return {where: value for where, value in found.items() if value is not None}


def _sent_on(act: Performed) -> str | None:
    at = act.uow.session.scalars(_LEAD, {"record": act.record.id}).one_or_none()
    return at.astimezone(LOCAL).date().isoformat() if at is not None else None


def _due_on(act: Performed) -> str | None:
    return act.record.due_on.isoformat() if act.record.due_on is not None else None


def _overdue(act: Performed) -> int | None:
    due, today = act.record.due_on, act.uow.today
    if due is None or due >= today:
        return None
    return working_days(calendar_for(act.uow, act.record, act.bundle), due, today)


def working_days(calendar: WorkCalendar, after: dt.date, until: dt.date) -> int:
    """Return how many working days lie after a day, up to another one."""
    days = (after + dt.timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(1 for day in days if calendar.is_working(day))


FACTS: Mapping[str, Callable[[Performed], Any]] = MappingProxyType(
    {
        "number": lambda act: act.record.code,
        # Names are masked in titles.
        "called": lambda act: act.record.title or None,
        "handed_on": _sent_on,
        "was_due": _due_on,
        "overdue": _overdue,
    }
)
