"""Make what is laid before a meeting: figures as they were at a moment, matters by what the pack chooses."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.indicators import Counts, Indicator, Median, Period
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
from portal.persistence.patience import within
from portal.services.bundles import Bundle
from portal.services.indicators.board import CASE, Figure, count_figures, kept_figures, median_figures
from portal.services.indicators.counting import Counting
from portal.services.indicators.kept import Kept, kept_counts
from portal.services.indicators.levels import Level, level_of
from portal.services.meetings.assigning import assigned_to
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

RETURNED_OFTEN = 2
# A worker takes so many seconds to count one paper; a week of a large city is counted from its rows.
PATIENCE = 300.0
_WHY = "what is laid before a meeting is counted for all who may see its board"


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


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures and matters laid before a meeting, as they were counted at a moment."""

    at: dt.datetime
    content: dict[str, Any]


def counted(portal: Portal, centre: CentreRef, kind: MeetingKind, days: Days) -> Counted:
    """Count what is laid before a meeting, outside of any transaction that writes: nobody waits for it.

    TookTooLong where that needs longer than a worker takes for it.
    """
    with portal.reading(Access.system(_WHY)) as session, within(session, PATIENCE):
        now = portal.clock.now()
        unit = session.get_one(Unit, centre.unit_id)
        bundle = pinned(portal, session, centre.release_id)
        return Counted(now, _content(portal, session, unit, bundle, kind, days, now))


def store(uow: Work, centre: CentreRef, kind: MeetingKind, days: Days, found: Counted) -> Meeting:
    """Store a meeting with its figures frozen; its number is that of the period."""
    unit = uow.session.get_one(Unit, centre.unit_id)
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
        cut_off=found.at,
        content=found.content,
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
    kept = _kept(session, bundle, level, days, now)
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
        "figures": [_figure(counting, kept, level, one, days) for one in shown],
        "units": [[one.id, one.code, one.name] for one in level.below if one.kind != "department"],
        "matters": list(_matters(session, level, kind, now)) if MATTERS in kind.sections else [],
        **more,
    }


def _kept(session: Session, bundle: Bundle, level: Level, days: Days, now: dt.datetime) -> Kept:
    """Return what is kept for a meeting of whole months; of weeks nothing is."""
    periods = [one for one in (_months(days), _months(days.before)) if one is not None]
    today = now.astimezone(LOCAL).date()
    return kept_counts(session, bundle, now, today, level.ids, periods) if periods else Kept(now, {}, {})


def _months(days: Days) -> Period | None:
    """Return days as whole months; None where they are none."""
    if days.first.day != 1 or days.after.day != 1:
        return None
    months = (days.after.year - days.first.year) * 12 + days.after.month - days.first.month
    return Period(days.first.year, days.first.month, months)


def _figure(counting: Counting, kept: Kept, level: Level, one: Indicator, days: Days) -> dict[str, Any]:
    """Return a figure of the whole and of each unit right below it, as numbers alone."""
    found: dict[str, Any] = {"id": one.id, "title": one.title, "shows": one.shows, "places": one.places}
    months = [_months(days), _months(days.before)]
    held = [month for month in months if month is not None and kept.has(one, month)]
    periods: Any = [days, days.before]
    if len(held) == len(periods):
        now, before = (kept_figures(kept, level, one, month) for month in held)
    elif one.shows == MEDIAN:
        now, before = (median_figures(level, some) for some in counting.days(one, periods))
    else:
        now, before = (count_figures(level, some) for some in counting.counts(one, periods))
    # What lies at the unit itself stands beside the units below it, under the unit's own number.
    rows = {abs(unit): figure for unit, figure in now.items() if unit != level.unit.id and _base(figure)}
    return found | {
        "now": _numbers(one, now.get(level.unit.id)),
        "before": _numbers(one, before.get(level.unit.id)),
        "rows": {str(unit): _numbers(one, figure) for unit, figure in rows.items()},
    }


def _base(figure: Figure) -> int:
    if figure is None:
        return 0
    return figure.number if isinstance(figure, Median) else figure.base


def _numbers(one: Indicator, figure: Figure) -> list[Any]:
    if one.shows == MEDIAN:
        return _median(figure if isinstance(figure, Median) else Median(None, 0))
    return _pair(figure if isinstance(figure, Counts) else Counts(0, 0))


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
