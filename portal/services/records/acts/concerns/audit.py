"""The one audit entry of an act. What a request only read is noted by ``acts/looked.py``."""

from __future__ import annotations

from functools import partial
from typing import Any

from portal.persistence.unit_of_work import Sealed
from portal.services.records.acts.performed import Performed
from portal.services.records.privacy.record_encryption import encrypting, key_for_writing


def write_audit_entry(performed: Performed) -> None:
    """Write the one audit entry; what it says of the record is encrypted under the record's key."""
    uow, record, logged = performed.uow, performed.record, performed.logged
    if logged.fields is not None:
        sealed: Sealed | None = partial(_named, logged.fields)
    else:
        sealed = None if logged.plain else encrypting(key_for_writing(uow.portal.keys, record))
    uow.audit(
        logged.action,
        record if logged.about is None else logged.about,
        kind=record.etype,
        object_id=record.uid,
        unit_path=record.unit_path,
        release_id=record.release_id,
        before=logged.before,
        after=logged.after,
        reason=logged.reason,
        sealed=sealed,
    )


def _named(fields: str, said: dict[str, Any]) -> dict[str, Any]:
    return said | {"fields": fields}
