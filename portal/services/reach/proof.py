"""Work out from the records which units see them: the oracle of the rows that acts keep, a portion at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, delete, func, insert, select
from sqlalchemy.orm import Session

from portal.core.referrals import open_states
from portal.persistence.models import Record, RecordReach, Referral, Unit
from portal.services.reach.rows import READ, kept_of, reach_of, units_on

PORTION = 2_000
# So many records are held at once while their rows are mended.
HELD = 100
_TABLE: Any = RecordReach.__table__
_NAMES = tuple(_TABLE.columns.keys())
_FLAGS = frozenset(column.name for column in _TABLE.columns if isinstance(column.type, Boolean))
_KEY = ("record_id", "unit_id")
_OTHERS = tuple(name for name in _NAMES if name not in _KEY)
_COLUMNS = ("id", "parent_id", *READ)
Key = tuple[int, int]
Seen = dict[Key, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of ``record_reach`` that is not what the record and its referrals say; None where there is no row."""

    record: int
    unit: int
    kept: tuple[Any, ...] | None
    counted: tuple[Any, ...] | None

    def __str__(self) -> str:
        """Return it in words."""
        return f"record {self.record}, unit {self.unit}: kept {self.kept}, counted {self.counted}"


def reach_differences(session: Session) -> list[Difference]:
    """Return where ``record_reach`` differs from the records and their referrals."""
    return [one for first, last in portions(session) for one in differences_of(session, first, last)]


def portions(session: Session) -> Iterator[tuple[int, int]]:
    """Yield ranges of identifiers, first and last, that together hold all records and all rows of reach."""
    last = session.scalar(select(func.max(RecordReach.record_id))) or 0
    last = max(last, session.scalar(select(func.max(Record.id))) or 0)
    for first in range(1, last + 1, PORTION):
        yield first, first + PORTION - 1


def differences_of(session: Session, first: int, last: int) -> list[Difference]:
    """Return the differences of records whose identifiers lie between two, both included."""
    counted, kept = _counted(session, first, last), _kept(session, first, last)
    return [
        Difference(*key, kept.get(key), counted.get(key))
        for key in sorted(counted.keys() | kept.keys())
        if counted.get(key) != kept.get(key)
    ]


def mend(session: Session, wrong: Sequence[int]) -> int:
    """Make the rows of some records what the records say; return how many were wrong. Rows that are right stay.

    The records, and the units that they follow from, are held in the order of acts and read afterwards: so no act on
    one of them, and no move of a unit, goes on at the same time.
    """
    records = select(*(getattr(Record, name) for name in _COLUMNS)).where(Record.id.in_(wrong))
    held = session.execute(records.order_by(Record.id).with_for_update(key_share=True, of=Record)).all()
    if not held:
        return 0
    known = {one.id for one in held}
    asked = _asked(session, _wholes(session, {one.id: one.parent_id for one in held}))
    paths = {path for one in held for path in (one.unit_path, one.handler_path) if path}
    paths |= {path for several in asked.values() for path in several}
    units = sorted({units_on(path)[-1] for path in paths})
    session.execute(
        select(Unit.id).where(Unit.id.in_(units)).order_by(Unit.id).with_for_update(read=True, of=Unit)
    ).all()
    found = [one for one in differences_of(session, min(known), max(known)) if one.record in known]
    for one in found:
        row = (RecordReach.record_id == one.record, RecordReach.unit_id == one.unit)
        session.execute(delete(RecordReach).where(*row))
    rows = [
        dict(zip((*_KEY, *_OTHERS), (one.record, one.unit, *one.counted), strict=True))
        for one in found
        if one.counted
    ]
    if rows:
        session.execute(insert(RecordReach), rows)
    return len(found)


def _counted(session: Session, first: int, last: int) -> Seen:
    """Return all rows that there should be."""
    columns = [getattr(Record, name) for name in _COLUMNS]
    records = session.execute(select(*columns).where(Record.id.between(first, last))).all()
    parents = _wholes(session, {record.id: record.parent_id for record in records})
    asked = _asked(session, parents)
    found: Seen = {}
    for record in records:
        paths: list[str] = []
        at: int | None = record.id
        while at is not None:
            paths += asked.get(at, ())
            at = parents[at]
        for unit, why in reach_of(record.unit_path, record.handler_path, paths).items():
            row = {"etype": record.etype, "created_at": record.created_at, **kept_of(record, unit, why)}
            found[record.id, unit] = _plain(row)
    return found


def _wholes(session: Session, parents: dict[int, int | None]) -> dict[int, int | None]:
    """Add what the records are parts of, with what these are parts of, up to the whole."""
    missing = {one for one in parents.values() if one is not None} - parents.keys()
    while missing:
        rows = session.execute(select(Record.id, Record.parent_id).where(Record.id.in_(sorted(missing))))
        parents |= {row.id: row.parent_id for row in rows}
        missing = {one for one in parents.values() if one is not None} - parents.keys()
    return parents


def _asked(session: Session, records: dict[int, int | None]) -> dict[int, list[str]]:
    asked: dict[int, list[str]] = defaultdict(list)
    known = sorted(records)
    for start in range(0, len(known), PORTION):
        waiting = select(Referral.record_id, Referral.to_path).where(
            Referral.record_id.in_(known[start : start + PORTION]), Referral.status.in_(open_states())
        )
        for record_id, path in session.execute(waiting):
            asked[record_id].append(path)
    return asked


def _kept(session: Session, first: int, last: int) -> Seen:
    columns = (getattr(RecordReach, name) for name in _NAMES)
    rows = session.execute(select(*columns).where(RecordReach.record_id.between(first, last)))
    return {(row.record_id, row.unit_id): _plain(dict(zip(_NAMES, row, strict=True))) for row in rows}


def _plain(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(bool(row[name]) if name in _FLAGS else row[name] for name in _OTHERS)
