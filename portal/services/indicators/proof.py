"""Count every record again: the oracle of the counts that are kept; more records need no more memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.persistence.among import among
from portal.persistence.models import IndicatorFigure, IndicatorKept, IndicatorMark, IndicatorShare, Record
from portal.services.figures.folding import unit_lines
from portal.services.indicators.cells import alike_cells
from portal.services.indicators.cuts import NOW, cut_months
from portal.services.indicators.definitions import kept_definitions
from portal.services.indicators.shares import (
    AXES,
    DAYS,
    DESK,
    STAGE,
    WHOLE,
    Share,
    Wide,
    add,
    read,
    shares,
    wide,
)
from portal.services.indicators.upkeep import PORTION, begin, fill, fold, moment_of_what_is_kept

if TYPE_CHECKING:
    from portal.services.portal import Portal

_WHY = "the counts of indicators are compared with the records"
_GROUPS = ((WHOLE,), (DAYS, STAGE, DESK), *((axis,) for axis in AXES))


@dataclass(frozen=True, slots=True)
class Found:
    """How many records were counted again, and which of them, and which cells, are kept otherwise."""

    records: int
    others: tuple[int, ...]
    cells: tuple[tuple[int, str, int], ...]


def recount(portal: Portal) -> Found:
    """Compare what is kept with all records, a portion in a transaction; what acts marked meanwhile is left out."""
    number, last, others = 0, 0, list[int]()
    while True:
        with portal.reading(Access.system(_WHY)) as session:
            rows = select(Record.id).where(Record.id > last).order_by(Record.id).limit(PORTION)
            ids = list(session.scalars(rows))
            if not ids:
                cells = tuple(_cells_that_differ(portal, session))
                return Found(number, tuple(others), cells)
            others += _others(portal, session, ids)
        number, last = number + len(ids), ids[-1]


def _others(portal: Portal, session: Session, ids: list[int]) -> list[int]:
    """Return the records whose share is another than what they add as of the moment of what is kept."""
    definitions, standing = kept_definitions(portal, session)
    in_force = [one for one in definitions if one.in_force]
    now = moment_of_what_is_kept(session, portal.clock.now())
    new = shares(portal, session, ids, in_force, standing, now)
    rows = select(IndicatorShare.record_id, IndicatorShare.share).where(among(IndicatorShare.record_id, ids))
    old = {number: read(text) for number, text in session.execute(rows)}
    at_ends = {one.id for one in definitions if one.indicator.stands_at_the_end}
    first = cut_months(now)[0].keys[0]

    def said(found: Mapping[int, Share], number: int) -> str:
        """Return a share without ends of months from before those that are kept: it may be older than they are."""
        share = found.get(number, Share())
        share.rows = [row for row in share.rows if not (row[0] in at_ends and NOW < row[2] < first)]
        return share.text() if share.rows or share.days or share.now else ""

    differ = [number for number in ids if said(old, number) != said(new, number)]
    if not differ:
        return []
    marked = select(IndicatorMark.record_id).where(among(IndicatorMark.record_id, differ))
    waiting = set(session.scalars(marked))
    return [number for number in differ if number not in waiting]


def _cells_that_differ(portal: Portal, session: Session) -> Iterator[tuple[int, str, int]]:
    """Yield the cells that are not the sum of the shares, some axes at a time."""
    definitions, _ = kept_definitions(portal, session)
    lines, broad = unit_lines(session), wide(definitions)
    for axes in _GROUPS:
        yield from _sums_that_differ(session, lines, axes, broad)


def _sums_that_differ(
    session: Session, lines: dict[int, list[int]], axes: tuple[str, ...], broad: Wide
) -> Iterator[tuple[int, str, int]]:
    """Add up all shares at their very unit by some axes, then upwards, and compare."""
    own = alike_cells()
    themselves = {unit: [unit] for unit in lines}
    few = {number: tuple(one for one in some if one in axes) for number, some in broad.items()}
    for text in session.scalars(select(IndicatorShare.share).execution_options(yield_per=PORTION)):
        share = read(text)
        if WHOLE not in axes:
            share.rows = [row for row in share.rows if few.get(row[0])]
        if DAYS not in axes:
            share.days, share.now = [], []
        add(own, share, themselves, 1, few)
    whole: dict[Any, dict[str, list[int]]] = {}
    for (unit, axis, month), counts in own.items():
        if axis not in axes:
            continue
        for above in lines.get(unit, (unit,)):
            cell = whole.setdefault((above, axis, month), {})
            for key, (counted, base) in counts.items():
                held = cell.setdefault(key, [0, 0])
                held[0] += counted
                held[1] += base
    one = IndicatorFigure
    rows = select(one.unit_id, one.axis, one.month, one.counts).where(one.axis.in_(axes))
    for unit, axis, month, text in session.execute(rows.execution_options(yield_per=PORTION)):
        if json.loads(text) != whole.pop((unit, axis, month), {}):
            yield unit, axis, month
    yield from sorted(
        cell for cell, counts in whole.items() if any(pair != [0, 0] for pair in counts.values())
    )


def build(portal: Portal) -> int:
    """Count all records for definitions that are new, then fold; return how many records were counted."""
    number = 0
    with portal.writing(Access.system(_WHY)) as uow:
        more = int(begin(portal, uow.session))
        uow.commit()
    while more:
        with portal.writing(Access.system(_WHY)) as uow:
            more = fill(portal, uow.session)
            uow.commit()
        number += more
    while True:
        with portal.writing(Access.system(_WHY)) as uow:
            some = fold(portal, uow.session)
            uow.commit()
        if not some:
            return number


def rebuild(portal: Portal) -> int:
    """Throw away all that is kept and count all records anew; until that is done, boards are counted from the rows."""
    with portal.writing(Access.system(_WHY)) as uow:
        begin(portal, uow.session)
        for table in (IndicatorFigure, IndicatorShare, IndicatorMark):
            uow.session.execute(delete(table))
        uow.session.execute(update(IndicatorKept).values(in_force=False, ready=False))
        uow.commit()
    return build(portal)
