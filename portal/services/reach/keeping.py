"""Keep the rows of ``record_reach``: written by acts, for the record and for its parts, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.core.referrals import open_states
from portal.persistence import plain_rows
from portal.persistence.models import Record, RecordReach, Referral
from portal.services.reach.rows import READ, SEEN_BY, kept_of, reach_of

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

OPTIONS = {"unscoped": "which units see a record follows from acts alone", "synchronize_session": False}
Row = dict[str, Any]
_HELD = select(RecordReach.unit_id).where(RecordReach.record_id == bindparam("record_id"))
_ASKED = select(Referral.to_path).where(
    Referral.record_id == bindparam("record_id"), Referral.status.in_(open_states())
)
_CHANGED = (
    update(RecordReach)
    .where(RecordReach.record_id == bindparam("of_record"))
    .values(updated_at=bindparam("moment"))
)
_ABOVE = select(Record.parent_id).where(Record.id == bindparam("record_id"))
_PARTS = select(Record.id, *(getattr(Record, name) for name in READ)).where(
    Record.parent_id == bindparam("record_id")
)
# Held, so that a part that is changed just now is read as it is afterwards: the whole is taken first, then its parts.
_PARTS = _PARTS.order_by(Record.id).with_for_update(key_share=True, of=Record)


def keep_reach(performed: Performed) -> None:
    """Say which units see the record of an act, where the act makes it or changes that, and when it was changed.

    With the record's row, its rows go.
    """
    before, record, session = performed.before, performed.record, performed.uow.session
    if performed.gone:
        return
    if before is None:
        add_reach(session, record, performed.referrals_touched)
    elif performed.referrals_touched or any(
        getattr(before, name) != getattr(record, name) for name in SEEN_BY
    ):
        renew_reach(session, record)
    elif before.updated_at != record.updated_at:
        session.execute(
            _CHANGED, {"of_record": record.id, "moment": record.updated_at}, execution_options=OPTIONS
        )


def add_reach(session: Session, record: Record, referrals: Iterable[Referral] = ()) -> None:
    """Say which units see a record that is new, with its first referrals; a part is seen like its whole."""
    asked = [one.to_path for one in referrals if one.status in open_states()]
    asked += _asked(session, record.parent_id) if record.parent_id is not None else []
    plain_rows.add_following(session, RecordReach, _rows(record, asked))


def renew_reach(session: Session, record: Record) -> None:
    """Say which units see a record and its parts as they are now; rows that stay true are not written."""
    plain_rows.write(session)
    above = [] if record.parent_id is None else _asked(session, record.parent_id)
    _renew(session, record, above)


def _renew(session: Session, record: Any, above: Sequence[str]) -> None:
    """Renew the rows of a record and of its parts; ``above`` were asked to help with what it is a part of."""
    own = session.scalars(_ASKED, {"record_id": record.id}, execution_options=OPTIONS)
    asked = [*above, *own]
    held = set(session.scalars(_HELD, {"record_id": record.id}, execution_options=OPTIONS))
    rows = {row["unit_id"]: row for row in _rows(record, asked)}
    of_record = RecordReach.record_id == record.id
    gone = [unit for unit in held if unit not in rows]
    if gone:
        session.execute(
            delete(RecordReach).where(of_record, RecordReach.unit_id.in_(gone)), execution_options=OPTIONS
        )
    new = [row for unit, row in rows.items() if unit not in held]
    if new:
        session.execute(insert(RecordReach), new, execution_options=OPTIONS)
    _refresh(session, record, {unit: row["why"] for unit, row in rows.items() if unit in held})
    for part in session.execute(_PARTS, {"record_id": record.id}, execution_options=OPTIONS).all():
        _renew(session, part, asked)


def _refresh(session: Session, record: Any, wanted: Mapping[int, str]) -> None:
    """Bring the rows that stay up to date, in one statement for all that keep the same of the record."""
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for unit, why in wanted.items():
        alike[tuple(kept_of(record, unit, why).values())].append(unit)
    for units in alike.values():
        now = kept_of(record, units[0], wanted[units[0]])
        session.execute(
            update(RecordReach)
            .where(RecordReach.record_id == record.id, RecordReach.unit_id.in_(units))
            .where(or_(*(getattr(RecordReach, name).is_distinct_from(value) for name, value in now.items())))
            .values(now),
            execution_options=OPTIONS,
        )


def _rows(record: Any, asked: Iterable[str]) -> list[Row]:
    of_record = {"record_id": record.id, "etype": record.etype, "created_at": record.created_at}
    return [
        {**of_record, "unit_id": unit, **kept_of(record, unit, why)}
        for unit, why in reach_of(record.unit_path, record.handler_path, asked).items()
    ]


def _asked(session: Session, record_id: int) -> list[str]:
    """Return the units that were asked to help with a record, or with the whole that it is a part of."""
    found: list[str] = []
    at: int | None = record_id
    while at is not None:
        values = {"record_id": at}
        found += session.scalars(_ASKED, values, execution_options=OPTIONS)
        at = session.scalar(_ABOVE, values, execution_options=OPTIONS)
    return found
