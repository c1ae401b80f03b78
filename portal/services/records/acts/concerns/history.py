"""The rows that an act leaves in the history of its record."""

from __future__ import annotations

from portal.persistence.models import RecordEvent
from portal.services.records.acts.performed import Performed
from portal.services.records.privacy.record_encryption import HISTORY, key_for_writing


def write_history(performed: Performed) -> None:
    """Add the rows of the history; what they say of the record is encrypted under the record's key."""
    uow, record = performed.uow, performed.record
    key = key_for_writing(uow.portal.keys, record) if performed.told else None
    for told in performed.told:
        data, reason = dict(told.data), told.reason
        if key is not None:
            data = key.encrypt(data, HISTORY) if data else {}
            reason = key.encrypt_text(reason, HISTORY)
        uow.add(
            RecordEvent(
                record_id=record.id,
                at=told.at or uow.now,
                kind=told.kind,
                name=told.name,
                from_stage=told.from_stage,
                to_stage=told.to_stage,
                version=record.version if told.version is None else told.version,
                by_id=uow.access.user_id if told.by is None else None,
                by_name=uow.access.name if told.by is None else told.by,
                unit_id=told.unit_id,
                reason=reason,
                data=data,
            )
        )
