"""Keep the rows of ``record_reach``: written by acts, for the record and for its parts, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from portal.core.referrals import open_states
from portal.persistence import plain_rows
from portal.persistence.models import Record, RecordReach, Referral
from portal.persistence.models.reach import OWNER
from portal.services.reach.rows import reach_of

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

OPTIONS = {"unscoped": "which units see a record follows from acts alone", "synchronize_session": False}
Row = dict[str, Any]
# What the rows of a record follow from, beside its referrals.
_SEEN_BY = ("unit_path", "handler_path", "is_open", "due_on")

_HELD = select(RecordReach.unit_id, RecordReach.why).where(RecordReach.record_id == bindparam("record_id"))
_ASKED = select(Referral.to_path).where(
    Referral.record_id == bindparam("record_id"), Referral.status.in_(open_states())
)
_CHANGED = (
    update(RecordReach)
    .where(RecordReach.record_id == bindparam("of_record"))
    .values(updated_at=bindparam("moment"))
)
_ABOVE = select(Record.parent_id).where(Record.id == bindparam("record_id"))
_PARTS = select(
    Record.id,
    Record.etype,
    Record.created_at,
    Record.updated_at,
    Record.is_open,
    Record.due_on,
    Record.unit_path,
    Record.handler_path,
).where(Record.parent_id == bindparam("record_id"))
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
        getattr(before, name) != getattr(record, name) for name in _SEEN_BY
    ):
        renew_reach(session, record)
    elif before.updated_at != record.updated_at:
        session.execute(
            _CHANGED, {"of_record": record.id, "moment": record.updated_at}, execution_options=OPTIONS
        )


def add_reach(session: Session, record: Record, referrals: Iterable[Referral] = ()) -> None:
    """Say which units see a record that is new, with its first referrals; a part is seen like its whole."""
    asked = [one.to_path for one in referrals if one.status in open_states()]
    asked += units_asked(session, record.parent_id) if record.parent_id is not None else []
    plain_rows.add_following(session, RecordReach, _rows(record, asked))


def renew_reach(session: Session, record: Record) -> None:
    """Say which units see a record and its parts as they are now; rows that stay true are not written."""
    plain_rows.write(session)
    above = [] if record.parent_id is None else units_asked(session, record.parent_id)
    _renew(session, record, above)


def _renew(session: Session, record: Any, above: Sequence[str]) -> None:
    """Renew the rows of a record and of its parts; ``above`` were asked to help with what it is a part of."""
    own = session.scalars(_ASKED, {"record_id": record.id}, execution_options=OPTIONS)
    asked = [*above, *own]
    held = dict(session.execute(_HELD, {"record_id": record.id}, execution_options=OPTIONS).all())
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
    _refresh(session, record, {unit: row["why"] for unit, row in rows.items() if unit in held}, held)
    for part in session.execute(_PARTS, {"record_id": record.id}, execution_options=OPTIONS).all():
        _renew(session, part, asked)


def _refresh(session: Session, record: Any, wanted: dict[int, str], held: dict[int, str]) -> None:
    """Bring the rows that stay up to date, in one statement for each reason that some of them have."""
    for why in sorted(set(wanted.values())):
        units = [unit for unit, one in wanted.items() if one == why]
        session.execute(
            update(RecordReach)
            .where(RecordReach.record_id == record.id, RecordReach.unit_id.in_(units))
            .where(_differs(record, why))
            .values(_kept(record, why)),
            execution_options=OPTIONS,
        )


def _differs(record: Any, why: str) -> Any:
    kept = _kept(record, why)
    different = [getattr(RecordReach, name).is_distinct_from(value) for name, value in kept.items()]
    condition = different[0]
    for one in different[1:]:
        condition = condition | one
    return condition


def _kept(record: Any, why: str) -> Row:
    """Return what a row keeps of the record beside its type and when it was registered."""
    waiting = why == OWNER and record.is_open and record.handler_path is None
    return {
        "updated_at": record.updated_at,
        "is_open": record.is_open,
        "due_on": record.due_on,
        "waiting": waiting,
        "why": why,
    }


def _rows(record: Any, asked: Iterable[str]) -> list[Row]:
    of_record = {"record_id": record.id, "etype": record.etype, "created_at": record.created_at}
    return [
        {**of_record, "unit_id": unit, **_kept(record, why)}
        for unit, why in reach_of(record.unit_path, record.handler_path, asked).items()
    ]


def units_asked(session: Session, record_id: int) -> list[str]:
    """Return the paths of the units that were asked to help with a record, or with the whole that it is a part of."""
    found: list[str] = []
    at: int | None = record_id
    while at is not None:
        values = {"record_id": at}
        found += session.scalars(_ASKED, values, execution_options=OPTIONS)
        at = session.scalar(_ABOVE, values, execution_options=OPTIONS)
    return found
