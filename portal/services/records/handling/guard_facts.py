"""What guards of steps and conditions on documents read of a record."""

from __future__ import annotations

from typing import Any

from portal.persistence.models import Record


def facts_of(record: Record) -> dict[str, Any]:
    """Return the facts of a record that guards may read: its data, stage and lanes, whether a correction waits."""
    waits = record.correction_by is not None
    return {"data": record.data, "stage": record.stage, "lanes": record.lanes, "correcting": waits}
