"""Mark the record of each act: its indicators are counted again when marks are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.persistence.models import IndicatorMark

if TYPE_CHECKING:
    from portal.services.portal import Work
    from portal.services.records.acts.performed import Performed


def mark_record(performed: Performed) -> None:
    """Note that a record has to be counted again, in the transaction of the act."""
    mark(performed.uow, performed.record.id)


def mark(uow: Work, record_id: int) -> None:
    """Note that a record has to be counted again, in the transaction that changes it."""
    uow.add(IndicatorMark(record_id=record_id, at=uow.now))
