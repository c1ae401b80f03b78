"""Make what is laid before a meeting: figures as they were at a moment, matters by what the pack chooses."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.core.indicators import Counts, Indicator, Median, median, total
from portal.core.indicators.meetings import (
    ASSIGNED,
    EVIDENCE,
    MATTERS,
    OVERDUE,
    REPEATED,
    RETURNED,
    Days,
    MeetingKind,
    last_ended,
    meeting_kinds,
    number_of,
)
from portal.core.indicators.sorts import MEDIAN
from portal.core.zone import LOCAL, begin_of
from portal.persistence.models import Meeting, Record, RecordLink, RecordReach, Referral, Unit
from portal.persistence.models.reach import OWNER
from portal.services.bundles import Bundle
from portal.services.indicators.board import CASE
from portal.services.indicators.counting import Counting
from portal.services.indicators.levels import Level, level_of, together
from portal.services.meetings.assigning import assigned_to
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

RETURNED_OFTEN = 2


def due(portal: Portal, session: Session) -> Iterator[tuple[CentreRef, MeetingKind, Days]]:
    """Yield the meetings of all centres whose period has ended and that were not made yet."""
    today = portal.clock.today()
    made = {tuple(row) for row in session.execute(select(Meeting.unit_id, Meeting.kind, Meeting.first_on))}
    for centre in all_centres(session):
        bundle = pinned(portal, session, centre.release_id)
        for kind in meeting_kinds(bundle.settings).values():
            days = last_ended(kind.every, today)
            if (centre.unit_id, kind.id, days.first.isoformat()) not in made:
                yield centre, kind, days


def make(uow: Work, centre: CentreRef, kind: MeetingKind, days: Days) -> Meeting:
    """Store a meeting with its figures frozen; its number is that of the period."""
    session, now = uow.session, uow.now
    unit = session.get_one(Unit, centre.unit_id)
    bundle = pinned(uow.portal, session, centre.release_id)
    year, number = number_of(kind.every, days)
    row = Meeting(
        uid=secrets.token_hex(16),
        unit_id=unit.id,
        unit_path=unit.path,
        kind=kind.id,
        release_id=centre.release_id,
        number=number,
        year=year,
        first_on=days.first.isoformat(),
        last_on=days.last.isoformat(),
        cut_off=now,
        content=_content(uow.portal, session, unit, bundle, kind, days, now),
        decisions=[],
        version=1,
    )
    uow.add(row)
    after = {"kind": kind.id, "first_on": row.first_on, "last_on": row.last_on}
    uow.audit("make_meeting", row, kind="meeting", object_id=row.uid, unit_path=unit.path, after=after)
    return row


def _content(
    portal: Portal,
    session: Session,
    unit: Unit,
    bundle: Bundle,
    kind: MeetingKind,
    days: Days,
    now: dt.datetime,
) -> dict[str, Any]:
    level = level_of(session, unit)
    counting = Counting(portal, session, level.place, bundle, now)
    shown = [bundle.indicators[name] for name in kind.indicators if name in bundle.indicators]
    more: dict[str, Any] = {}
    if ASSIGNED in kind.sections:
        more["assigned"] = list(assigned_to(session, unit, days))
    if EVIDENCE in kind.sections:
        more["evidence"] = [[one.title, one.definition, one.source] for one in shown]
    # The titles as they were: whoever reads it later reads what was laid before the meeting.
    return {
        "unit": unit.name,
        "title": kind.title,
        "sections": list(kind.sections),
        "figures": [_figure(counting, level, one, days) for one in shown],
        "units": [[one.id, one.code, one.name] for one in level.below if one.kind != "department"],
        "matters": list(_matters(session, level, kind, now)) if MATTERS in kind.sections else [],
        **more,
    }


def _figure(counting: Counting, level: Level, one: Indicator, days: Days) -> dict[str, Any]:
    """Return a figure of the whole and of each unit right below it, as numbers alone."""
    periods: Any = [days, days.before]
    found: dict[str, Any] = {"id": one.id, "title": one.title, "shows": one.shows, "places": one.places}
    if one.shows == MEDIAN:
        now, before = counting.days(one, periods)
        rows = {unit: _median(median(some)) for unit, some in level.days(now).items()}
        return found | {
            "now": _median(median(together(now.values()))),
            "before": _median(median(together(before.values()))),
            "rows": {str(unit): pair for unit, pair in rows.items()},
        }
    counts_now, counts_before = counting.counts(one, periods)
    return found | {
        "now": _pair(total(counts_now.values())),
        "before": _pair(total(counts_before.values())),
        "rows": {str(unit): _pair(pair) for unit, pair in level.counts(counts_now).items()},
    }


def _pair(counts: Counts) -> list[Any]:
    return [counts.counted, counts.base]


def _median(found: Median) -> list[Any]:
    value = found.value
    return [None if value is None else [value.numerator, value.denominator], found.number]


def _matters(session: Session, level: Level, kind: MeetingKind, now: dt.datetime) -> Iterator[dict[str, Any]]:
    """Yield the matters that are chosen, those with most grounds first, then the longest overdue."""
    grounds: dict[int, list[str]] = {}
    for name in kind.choose:
        for record_id in session.scalars(_CHOOSING[name](level.unit.id, now)):
            grounds.setdefault(record_id, []).append(name)
    wanted = select(Record.id, Record.uid, Record.code, Record.title, Record.due_on, Unit.name)
    wanted = wanted.join(Unit, Unit.id == Record.unit_id).where(Record.id.in_(list(grounds)))
    rows = sorted(
        session.execute(wanted), key=lambda row: (-len(grounds[row.id]), row.due_on or dt.date.max, row.id)
    )
    for key, uid, code, title, due_on, unit in rows[: kind.most]:
        yield {
            "uid": uid,
            "code": code or "",
            "title": title,
            "unit": unit,
            "due_on": due_on.isoformat() if due_on else "",
            "grounds": grounds[key],
        }


def _open(unit_id: int) -> tuple[Any, ...]:
    reach = RecordReach
    return (reach.unit_id == unit_id, reach.etype == CASE, reach.why == OWNER, reach.is_open)


def _overdue(unit_id: int, now: dt.datetime) -> Any:
    today = now.astimezone(LOCAL).date()
    late = select(RecordReach.record_id).where(*_open(unit_id), RecordReach.due_on < today)
    return late.order_by(RecordReach.due_on, RecordReach.record_id).limit(100)


def _returned(unit_id: int, _now: dt.datetime) -> Any:
    mine = and_(RecordReach.record_id == Referral.record_id, *_open(unit_id))
    rows = select(Referral.record_id).join(RecordReach, mine).where(Referral.status == "returned")
    return rows.group_by(Referral.record_id).having(func.count() >= RETURNED_OFTEN).limit(100)


def _repeated(unit_id: int, now: dt.datetime) -> Any:
    mine = and_(RecordReach.record_id == RecordLink.from_id, *_open(unit_id))
    since = begin_of(now.astimezone(LOCAL).date() - dt.timedelta(days=90))
    rows = select(RecordLink.from_id).join(RecordReach, mine).where(RecordLink.kind == "repeat")
    return rows.where(RecordLink.at >= since).distinct().limit(100)


_CHOOSING: Mapping[str, Any] = {OVERDUE: _overdue, RETURNED: _returned, REPEATED: _repeated}
