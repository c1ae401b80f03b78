"""The deltas of figures: one for each act that changes how its record is counted, written by the act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.persistence.models import FigureDelta, Record
from portal.persistence.scope import unit_of
from portal.services.figures.axes import COUNTED_BY, counted_as, month_of

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

_PARTS = select(
    Record.etype,
    Record.created_at,
    Record.unit_path,
    Record.is_open,
    *(getattr(Record, c) for c in COUNTED_BY),
).where(Record.parent_id == bindparam("record_id"))
_OPTIONS = {"unscoped": "parts are counted like their whole is handled, by whoever hands that over"}


def keep_figures(performed: Performed) -> None:
    """Add what an act changes in the figures: minus the record as it was counted, plus as it is counted now."""
    before, record = performed.before, performed.record
    old = None if before is None else _counted(before)
    new = None if performed.gone else _counted(record)
    if old != new:
        _add(performed, record, old, new)
    if before is not None and new is not None and before.handler_path != record.handler_path:
        for part in _parts(performed.uow.session, record):
            old, new = (_counted(part, one.handler_path) for one in (before, record))
            _add(performed, part, old, new)


def _add(performed: Performed, record: Any, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
    month = month_of(record.created_at)
    performed.uow.add(FigureDelta(etype=record.etype, month=month, old=old, new=new))


def _counted(one: Any, handler_path: str | None = None) -> dict[str, Any]:
    handler = handler_path or getattr(one, "handler_path", None)
    return counted_as(one, unit_of(one.unit_path), unit_of(handler) if handler else None)


def _parts(session: Session, record: Record) -> list[Any]:
    return list(session.execute(_PARTS, {"record_id": record.id}, execution_options=_OPTIONS).all())
