"""Work out from the records which units see them: the oracle of the rows that acts keep."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from portal.core.referrals import open_states
from portal.persistence.models import Record, RecordReach, Referral
from portal.persistence.models.reach import OWNER
from portal.services.reach.rows import reach_of

PORTION = 5_000
_NAMES = ("record_id", "unit_id", "etype", "created_at", "is_open", "due_on", "waiting", "why")
Seen = dict[tuple[int, int], tuple[Any, ...]]


def reach_differences(session: Session) -> list[str]:
    """Return in words where ``record_reach`` differs from the records and their referrals."""
    counted, kept = recomputed_reach(session), _kept(session)
    return [
        f"record {key[0]}, unit {key[1]}: kept {kept.get(key)}, counted {counted.get(key)}"
        for key in sorted(counted.keys() | kept.keys())
        if counted.get(key) != kept.get(key)
    ]


def recomputed_reach(session: Session) -> Seen:
    """Return all rows that there should be."""
    asked: dict[int, list[str]] = defaultdict(list)
    waiting = select(Referral.record_id, Referral.to_path).where(Referral.status.in_(open_states()))
    for record_id, path in session.execute(waiting):
        asked[record_id].append(path)
    columns = ["id", "parent_id", "etype", "created_at", "is_open", "due_on", "unit_path", "handler_path"]
    records = session.execute(select(*(getattr(Record, name) for name in columns))).all()
    parents = {record.id: record.parent_id for record in records}
    found: Seen = {}
    for record in records:
        paths: list[str] = []
        at: int | None = record.id
        while at is not None:
            paths += asked.get(at, ())
            at = parents.get(at)
        for unit, why in reach_of(record.unit_path, record.handler_path, paths).items():
            idle = why == OWNER and record.is_open and record.handler_path is None
            kept = (record.etype, record.created_at, bool(record.is_open), record.due_on, idle, why)
            found[record.id, unit] = kept
    return found


def _kept(session: Session) -> Seen:
    rows = session.execute(select(*(getattr(RecordReach, name) for name in _NAMES)))
    return {(row[0], row[1]): (row[2], row[3], bool(row[4]), row[5], bool(row[6]), row[7]) for row in rows}


def rebuild_reach(session: Session) -> int:
    """Replace all rows by what the records and their referrals say, in the transaction of a writing session."""
    session.execute(delete(RecordReach))
    rows = [
        dict(zip(_NAMES, (*key, *values), strict=True)) for key, values in recomputed_reach(session).items()
    ]
    for start in range(0, len(rows), PORTION):
        session.execute(insert(RecordReach), rows[start : start + PORTION])
    return len(rows)
