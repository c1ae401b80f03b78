"""A unit moved to another place in the tree: who sees its records through the units above it, in one transaction.

Readers see the tree before or after it, never half; what is cut off leaves nothing, and can be done again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    literal,
    not_,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from portal.core.referrals import open_states
from portal.persistence.models import Record, RecordReach, Referral, Unit
from portal.persistence.models.reach import ASSISTING, HANDLER, OWNER
from portal.persistence.scope import subtree
from portal.services.figures.axes import HANDLED, OWNED
from portal.services.figures.folding import add, figures_of_unit
from portal.services.indicators.cells import move_counts
from portal.services.reach.rows import units_on

_AT_THE_UNIT = aliased(RecordReach)
_OPTIONS = {"synchronize_session": False}


def move_reach(session: Session, unit_id: int, old: str, new: str) -> None:
    """Let the units now above a unit see and count its records, and those that were above it no longer.

    Paths are rewritten before, and all deltas folded, in the same transaction of the system.
    """
    before, after = units_on(old), units_on(new)
    gained = [one for one in after if one not in before]
    lost = [one for one in before if one not in after]
    for above in gained:
        session.execute(_gain(session, unit_id, above))
    paths = dict(iter(session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(lost))).all()))
    for above in lost:
        _lose(session, unit_id, above, paths[above])
    _move_figures(session, unit_id, gained, lost)
    move_counts(session, unit_id, gained, lost)


def _gain(session: Session, unit_id: int, above: int) -> Any:
    """Return the statement that copies the rows of a unit to one above it; a stronger reason there stays."""
    names = [column.name for column in RecordReach.__table__.columns]
    rows = select(
        *(
            literal(above).label(name) if name == "unit_id" else getattr(RecordReach, name).label(name)
            for name in names
        )
    ).where(RecordReach.unit_id == unit_id)
    kind = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Any = kind.insert(RecordReach).from_select(names, rows)
    brought = statement.excluded
    stronger = _rank(brought.why) < _rank(RecordReach.why)
    return statement.on_conflict_do_update(
        index_elements=[RecordReach.record_id, RecordReach.unit_id],
        set_={
            "why": case((stronger, brought.why), else_=RecordReach.why),
            "waiting": case((stronger, brought.waiting), else_=RecordReach.waiting),
            "handling": or_(RecordReach.handling, brought.handling),
        },
        where=or_(stronger, and_(brought.handling, not_(RecordReach.handling))),
    )


def _rank(why: Any) -> Any:
    return case((why == OWNER, 0), (why == HANDLER, 1), else_=2)


def _lose(session: Session, unit_id: int, above: int, path: str) -> None:
    """Take a unit's records from one that was above it, but for those that it sees for another reason."""
    moved = select(_AT_THE_UNIT.record_id).where(_AT_THE_UNIT.unit_id == unit_id)
    these = and_(RecordReach.unit_id == above, RecordReach.record_id.in_(moved))
    reasons = {
        OWNER: _of_record(subtree(Record.unit_path, (path,))),
        HANDLER: _of_record(subtree(Record.handler_path, (path,))),
        ASSISTING: _asked_below(path),
    }
    session.execute(delete(RecordReach).where(these, ~or_(*reasons.values())), execution_options=_OPTIONS)
    why = case(
        (reasons[OWNER], literal(OWNER)), (reasons[HANDLER], literal(HANDLER)), else_=literal(ASSISTING)
    )
    session.execute(
        update(RecordReach)
        .where(these)
        .values(why=why, waiting=and_(RecordReach.waiting, reasons[OWNER]), handling=reasons[HANDLER]),
        execution_options=_OPTIONS,
    )


def _of_record(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Record.id == RecordReach.record_id, condition).correlate(RecordReach)


def _asked_below(path: str) -> ColumnElement[bool]:
    """Return whether a unit below a path was asked to help with the record, or with what it is a part of."""
    part, whole = aliased(Record), aliased(Record)
    above: list[Select[Any]] = [
        select(part.id),
        select(part.parent_id),
        select(whole.parent_id).join(part, part.parent_id == whole.id),
    ]
    wholes = union_all(*(one.where(part.id == RecordReach.record_id).correlate(RecordReach) for one in above))
    return (
        exists()
        .where(
            Referral.record_id.in_(wholes),
            Referral.status.in_(open_states()),
            subtree(Referral.to_path, (path,)),
        )
        .correlate(RecordReach)
    )


def _move_figures(session: Session, unit_id: int, gained: Iterable[int], lost: Iterable[int]) -> None:
    numbers = figures_of_unit(session, unit_id, (OWNED, HANDLED))
    for sign, units in ((1, gained), (-1, lost)):
        for above in units:
            moved = {(above, *key[1:]): sign * number for key, number in numbers.items()}
            add(session, moved)
