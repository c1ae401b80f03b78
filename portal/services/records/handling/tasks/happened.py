"""The day on which an event happened before: of a task that is given later, the days are counted from then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from portal.core import pointer as pointers
from portal.core.acts import ACTS, REGISTER, TAKE_STEP
from portal.core.arising import Matter
from portal.core.conditions import Env, evaluate
from portal.core.events import Arising, events
from portal.core.referrals import SENT, event_of
from portal.core.values import as_date
from portal.core.zone import LOCAL
from portal.persistence.models import RecordEvent, Referral
from portal.persistence.scope import prepared
from portal.services.records.handling.clocks.recorded import EARLIEST, recorded_since
from portal.services.records.handling.clocks.working_out import matter_of
from portal.services.records.handling.referral_facts import referral_facts

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

_TOLD = prepared(
    select(RecordEvent.at, RecordEvent.kind, RecordEvent.name, RecordEvent.from_stage, RecordEvent.to_stage)
    .where(RecordEvent.record_id == bindparam("record_id"))
    .order_by(RecordEvent.id)
)
_REFERRALS = prepared(
    select(Referral).where(Referral.record_id == bindparam("record_id")).order_by(Referral.id)
)


def last_day(act: Performed, event: str) -> dt.date | None:
    """Return the latest day before this act on which an event happened to the record; None where it did not."""
    known = events(act.bundle.raw.get("events", {})).get(event)
    if known is None:
        return None
    found = [day for way in known.arises for day in _days(act, event, way)]
    return max(found, default=None)


def _days(act: Performed, event: str, way: Arising) -> Iterator[dt.date]:
    uow, record = act.uow, act.record
    if way.how == "recorded":
        yield from (
            one.day for one in recorded_since(uow, record, EARLIEST) if one.event == event and one.day
        )
        return
    matter, env = matter_of(record, act.bundle), Env(uow.today, taxonomies=act.bundle.taxonomies)
    if way.names.get("entity", record.etype) != record.etype:
        return
    if way.how == "referral":
        yield from _of_referrals(act, way, matter, env)
    elif way.when is not None and not evaluate(way.when, matter.facts, env):
        return
    elif way.how == "date":
        day = as_date(pointers.get(record.data, way.names["field"])) if "form" not in way.names else None
        yield from [day] if day is not None else []
    else:
        yield from _of_history(act, way, matter)


def _of_referrals(act: Performed, way: Arising, matter: Matter, env: Env) -> Iterator[dt.date]:
    lead = way.names.get("lead")
    with act.uow.session.no_autoflush:
        found = act.uow.session.scalars(_REFERRALS, {"record_id": act.record.id}).all()
    for one in found:
        sent = way.names["event"] == event_of(SENT)
        at = one.created_at if sent else one.answered_at
        is_so = sent or event_of(one.status) == way.names["event"]
        facts = {**matter.facts, **referral_facts(one)}
        meant = is_so and (lead is None or one.lead is lead)
        if meant and at is not None and (way.when is None or evaluate(way.when, facts, env)):
            yield at.astimezone(LOCAL).date()


def _of_history(act: Performed, way: Arising, matter: Matter) -> Iterator[dt.date]:
    with act.uow.session.no_autoflush:
        rows = act.uow.session.execute(_TOLD, {"record_id": act.record.id}).all()
    for row in rows:
        if _told(row, way, matter):
            yield row.at.astimezone(LOCAL).date()


def _told(row: Any, way: Arising, matter: Matter) -> bool:
    """Tell whether a row of the history tells what an event arises by."""
    if way.how == "act":
        story = ACTS[way.names["act"]].history
        return story is not None and bool(row.kind == story.kind and story.name in ("", row.name))
    if way.how == "step":
        return bool(row.kind == TAKE_STEP.kind and row.name == way.names["step"])
    left, entered = row.from_stage, row.to_stage
    if way.how not in ("enter", "leave") or left == entered:
        return False
    stage = entered if way.how == "enter" else left
    if row.kind == REGISTER.kind and way.how == "leave":
        return False
    if "stage" in way.names:
        return bool(way.names["stage"] == stage)
    return stage is not None and bool(way.names.get("canonical") == matter.canonical.get(stage))
