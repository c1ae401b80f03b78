"""Keep the counts of indicators: fold what acts marked, fill in what is new, move units along.

Each record has what it added last (its share). When it is counted again the old share is taken off and the new one
added, in the months of its cohorts and at its unit and all units above, in one transaction: however often and in what
order that is done, it comes to the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from portal.core.zone import LOCAL, begin_of
from portal.persistence.among import among
from portal.persistence.models import (
    IndicatorKept,
    IndicatorMark,
    IndicatorShare,
    IndicatorState,
    Record,
    RecordEvent,
)
from portal.services.figures.folding import unit_lines
from portal.services.indicators.cells import alike_cells, hold, write
from portal.services.indicators.definitions import Definition, kept_definitions, of_centres, settle
from portal.services.indicators.shares import Share, add, read, shares, wide

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST = 1_000
PORTION = 4_000


def fold(portal: Portal, session: Session, most: int = MOST) -> int:
    """Count again what was marked first, within the transaction of a writing session; return how many marks."""
    hold(session)
    now = portal.clock.now()
    _pass_days(session, now)
    rows = select(IndicatorMark.id, IndicatorMark.record_id).where(IndicatorMark.at <= now)
    rows = rows.order_by(IndicatorMark.id).limit(most)
    marks = session.execute(rows).all()
    if marks:
        session.execute(delete(IndicatorMark).where(among(IndicatorMark.id, (number for number, _ in marks))))
        refresh(portal, session, sorted({record_id for _, record_id in marks}), now)
    return len(marks)


def _pass_days(session: Session, now: dt.datetime) -> None:
    """Mark what became overdue since the last time, and at the end of a month whatever stood then."""
    today = now.astimezone(LOCAL).date()
    day = session.scalar(select(IndicatorState.day).where(IndicatorState.id == 1))
    if day is None or day >= today:
        return
    standing = select(IndicatorShare.record_id, literal(now, IndicatorMark.at.type)).where(
        IndicatorShare.stands
    )
    if (day.year, day.month) == (today.year, today.month):
        late = select(Record.id).where(Record.due_on >= day, Record.due_on < today)
        standing = standing.where(IndicatorShare.record_id.in_(late))
    session.execute(insert(IndicatorMark).from_select(["record_id", "at"], standing))
    session.execute(update(IndicatorState).values(day=today))


def refresh(portal: Portal, session: Session, ids: Sequence[int], now: dt.datetime) -> int:
    """Count records again; return how many add something else than before. The caller holds the counts."""
    definitions, standing = kept_definitions(portal, session)
    in_force = [one for one in definitions if one.in_force]
    _come_back(session, ids, now)
    return replaced(session, ids, shares(portal, session, ids, in_force, standing, now), definitions)


def _come_back(session: Session, ids: Sequence[int], now: dt.datetime) -> None:
    """Mark records that have something ahead of now, as of its moment: then they are counted once more.

    So it is where the clock of who acted is ahead of the one that folds.
    """
    event = RecordEvent
    ahead = select(event.record_id, event.at).where(among(event.record_id, ids), event.at > now)
    session.execute(insert(IndicatorMark).from_select(["record_id", "at"], ahead))


def moment_of_what_is_kept(session: Session, now: dt.datetime) -> dt.datetime:
    """Return the moment as of which counts are kept: now, or the end of the day on which was folded last."""
    day = session.scalar(select(IndicatorState.day).where(IndicatorState.id == 1))
    return (
        now if day is None else min(now, begin_of(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1))
    )


def replaced(
    session: Session, ids: Iterable[int], new: Mapping[int, Share], definitions: Sequence[Definition]
) -> int:
    """Put new shares in the place of old ones; return how many are others."""
    ids = list(ids)
    rows = select(IndicatorShare.record_id, IndicatorShare.share).where(among(IndicatorShare.record_id, ids))
    old = dict(iter(session.execute(rows).all()))
    texts = {number: one.text() for number, one in new.items() if one.rows or one.days or one.now}
    changed = [number for number in ids if old.get(number) != texts.get(number)]
    if not changed:
        return 0
    cells, lines, broad = alike_cells(), unit_lines(session), wide(definitions)
    for number in changed:
        for text, sign in ((old.get(number), -1), (texts.get(number), 1)):
            if text is not None:
                add(cells, read(text), lines, sign, broad)
    write(session, cells)
    session.execute(delete(IndicatorShare).where(among(IndicatorShare.record_id, changed)))
    stored = [
        {"record_id": number, "share": texts[number], "stands": new[number].stands}
        for number in changed
        if number in texts
    ]
    if stored:
        session.execute(insert(IndicatorShare), stored)
    return len(changed)


def begin(portal: Portal, session: Session) -> bool:
    """Note which definitions are in force now, and begin to fill in where one is new; tell whether there is work."""
    hold(session)
    state = session.scalars(select(IndicatorState)).one()
    if settle(session, of_centres(portal, session)):
        state.ready, state.unit_id, state.record_id = False, 0, 0
    if state.day is None:
        state.day = portal.clock.today()
    session.flush()
    return not state.ready


def fill(portal: Portal, session: Session, portion: int = PORTION) -> int:
    """Count a portion of all records, unit by unit, where the last one ended; return how many."""
    hold(session)
    now = portal.clock.now()
    _pass_days(session, now)
    state = session.scalars(select(IndicatorState)).one()
    ids, (unit, last) = _portion(session, state.unit_id, state.record_id, portion)
    if ids:
        refresh(portal, session, ids, now)
        state.unit_id, state.record_id = unit, last
    else:
        state.ready = True
        session.execute(update(IndicatorKept).where(IndicatorKept.in_force).values(ready=True))
    session.flush()
    return len(ids)


def _portion(session: Session, unit: int, last: int, portion: int) -> tuple[list[int], tuple[int, int]]:
    """Return the records after one, in the order of units, and where that ends."""
    rows = (
        select(Record.unit_id, Record.id)
        .where(or_(Record.unit_id > unit, and_(Record.unit_id == unit, Record.id > last)))
        .where(Record.unit_id >= unit)
        .order_by(Record.unit_id, Record.id)
        .limit(portion)
    )
    found = session.execute(rows).all()
    return [one for _, one in found], (found[-1][0], found[-1][1]) if found else (unit, last)
