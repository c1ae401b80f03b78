"""What single records add to the counts of indicators, worked out by the statements that count whole subtrees."""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from portal.core.indicators import Period
from portal.core.indicators.sorts import CUT_OFF, MEDIAN
from portal.core.zone import LOCAL, begin_of
from portal.persistence.among import among
from portal.persistence.models import Record
from portal.services.indicators.cells import Cells
from portal.services.indicators.counting import COLUMNS, Counting
from portal.services.indicators.cuts import NOW, Cuts, cut_months
from portal.services.indicators.definitions import Definition
from portal.services.indicators.sources import Place, reads_course

if TYPE_CHECKING:
    from portal.services.portal import Portal

WHOLE, DAYS, STAGE, DESK = "", "days", "stage", "desk"
# By these a count is broken down where its definition lets it: one at a time.
AXES: Mapping[str, Any] = {name: column for name, column in COLUMNS.items() if name not in ("type", STAGE)}
CASE = "case"
_FIRSTS = [dt.date(year, month, 1).isoformat() for year in range(1990, 2100) for month in range(1, 13)]


@dataclass(slots=True)
class Share:
    """What a record adds: ``rows`` are definition, unit, month, counted, base; ``days`` end with days and a number.

    ``on`` says where it lies on each axis, and ``now`` is what stands: its unit, its common stage, who handles it,
    whether it is overdue, and the number under which that is kept.
    """

    on: dict[str, str] = field(default_factory=dict)
    rows: list[list[int]] = field(default_factory=list)
    days: list[list[int]] = field(default_factory=list)
    now: list[Any] = field(default_factory=list)

    def text(self) -> str:
        """Return it as it is stored: one text for what is the same."""
        held = {"on": self.on, "rows": sorted(self.rows), "days": sorted(self.days), "now": self.now}
        return json.dumps({k: v for k, v in held.items() if v}, separators=(",", ":"), sort_keys=True)

    @property
    def stands(self) -> bool:
        """Tell whether it is among what stands now."""
        return bool(self.now) or any(row[2] == NOW for row in self.rows)


def read(text: str) -> Share:
    """Return a share that was stored."""
    return Share(**json.loads(text))


def add(cells: Cells, share: Share, lines: Mapping[int, Sequence[int]], sign: int, wide: Wide) -> None:
    """Add a share to the cells of its units and of all units above, or take it off."""
    for number, unit, month, counted, base in share.rows:
        places = [(WHOLE, f"{number}|")]
        places += [(axis, f"{number}|{share.on.get(axis, '')}") for axis in wide.get(number, ())]
        for one in lines.get(unit, (unit,)):
            for axis, key in places:
                _add(cells[one, axis, month], key, sign * counted, sign * base)
    for number, unit, month, days, times in share.days:
        for one in lines.get(unit, (unit,)):
            _add(cells[one, DAYS, month], f"{number}|{days}", 0, sign * times)
    if share.now:
        unit, stage, desk, overdue, number = share.now
        for one in lines.get(unit, (unit,)):
            _add(cells[one, STAGE, NOW], f"{number}|{stage}", sign * overdue, sign)
            _add(cells[one, DESK, NOW], f"{number}|{desk}", sign * overdue, sign)


def _add(cell: dict[str, list[int]], key: str, counted: int, base: int) -> None:
    held = cell.setdefault(key, [0, 0])
    held[0] += counted
    held[1] += base


Wide = Mapping[int, tuple[str, ...]]


def wide(definitions: Iterable[Definition]) -> Wide:
    """Return by which axes each definition is broken down."""
    return {
        one.id: tuple(axis for axis in AXES if axis in one.indicator.breakdowns)
        for one in definitions
        if one.indicator.of.name in ("record", "session") and one.indicator.shows != MEDIAN
    }


def shares(
    portal: Portal,
    session: Session,
    ids: Sequence[int],
    definitions: Sequence[Definition],
    standing: int,
    now: dt.datetime,
) -> dict[int, Share]:
    """Return what records add now, by record; one that adds nothing, or is gone, is left out."""
    found: dict[int, Share] = defaultdict(Share)
    if standing:
        _stand(session, ids, standing, now, found)
    alike: dict[tuple[str, ...], list[Definition]] = defaultdict(list)
    for one in definitions:
        what = one.indicator
        alike[
            what.of.name, what.entity, what.cohort, what.day, MEDIAN if what.shows == MEDIAN else ""
        ].append(one)
    for group in alike.values():
        _count(portal, session, ids, group, now, found)
    _place(session, found)
    return found


def _stand(
    session: Session, ids: Sequence[int], number: int, now: dt.datetime, found: dict[int, Share]
) -> None:
    today = now.astimezone(LOCAL).date()
    rows = select(
        Record.id, Record.unit_id, Record.canonical_stage, Record.handler_unit_id, Record.due_on
    ).where(among(Record.id, ids), Record.etype == CASE, Record.is_open)
    for one, unit, stage, desk, due in session.execute(rows):
        late = int(due is not None and due < today)
        found[one].now = [unit, stage or "", str(desk or ""), late, number]


def _place(session: Session, found: Mapping[int, Share]) -> None:
    """Say where records that add something lie on each axis."""
    for one, *values in session.execute(select(Record.id, *AXES.values()).where(among(Record.id, found))):
        found[one].on = {axis: value for axis, value in zip(AXES, values, strict=True) if value}


def _count(
    portal: Portal,
    session: Session,
    ids: Sequence[int],
    group: Sequence[Definition],
    now: dt.datetime,
    found: dict[int, Share],
) -> None:
    first = group[0]
    place = Place(0, "/", tuple(ids))
    leading = next((one for one in group if reads_course(one.indicator)), first)
    cuts = Cuts.of(cut_months(now), now) if first.indicator.cohort == CUT_OFF else None
    counting = Counting(portal, session, place, leading.bundle, now)
    source = counting.source(leading.indicator, cuts)
    columns = [Record.id, source.unit_id, source.moment]
    if first.indicator.shows == MEDIAN:
        assert source.course is not None
        columns.append(source.course.c.accepted_at)
    bases = []
    for one in group:
        own = Counting(portal, session, place, one.bundle, now)
        base, counted = own.tests(one.indicator, source, cuts)
        bases.append(base)
        columns += [case((base, 1), else_=0), case((counted, 1), else_=0)]
    rows = source.joined(select(*columns)).where(*source.only, source.moment.is_not(None))
    if all(one.indicator.base is not None for one in group):
        rows = rows.where(or_(*bases))
    if first.indicator.shows == MEDIAN:
        _add_days(session.execute(rows), group, found)
    else:
        _add_rows(session.execute(rows), group, source.kind, found)


def _add_rows(rows: Iterable[Any], group: Sequence[Definition], kind: str, found: dict[int, Share]) -> None:
    sums: dict[tuple[int, int, int, int], list[int]] = {}
    for one, unit, moment, *flags in rows:
        month = _month(moment, kind)
        for at, definition in enumerate(group):
            if flags[2 * at]:
                held = sums.setdefault((one, definition.id, unit, month), [0, 0])
                held[0] += flags[2 * at + 1]
                held[1] += 1
    for (one, number, unit, month), (counted, base) in sums.items():
        found[one].rows.append([number, unit, month, counted, base])


def _add_days(rows: Iterable[Any], group: Sequence[Definition], found: dict[int, Share]) -> None:
    for one, unit, ended, accepted, *flags in rows:
        month = _month(ended, "moment")
        days = max((ended.astimezone(LOCAL).date() - accepted.astimezone(LOCAL).date()).days, 0)
        for at, definition in enumerate(group):
            if flags[2 * at]:
                found[one].days.append([definition.id, unit, month, days, 1])


def _month(moment: Any, kind: str) -> int:
    """Return the month that a moment, a day or a text lies in, as periods take it in."""
    if kind == "number":
        return int(moment)
    if kind == "text":
        at = bisect_right(_FIRSTS, moment) - 1
        return 0 if at < 0 else int(_FIRSTS[at][:4]) * 100 + int(_FIRSTS[at][5:7])
    day = moment.astimezone(LOCAL) if isinstance(moment, dt.datetime) else moment
    return int(day.year) * 100 + int(day.month)


def months_of(period: Period, now: dt.datetime, *, at_the_end: bool) -> tuple[int, ...]:
    """Return the months under which the counts of a period are kept; what stands now is under none."""
    if not at_the_end:
        return period.keys
    if period.first <= now.astimezone(LOCAL).date() < period.after:
        return (NOW,)
    last = cut_months(now)[0].first
    return period.keys[-1:] if begin_of(period.after) <= now and period.first >= last else ()
