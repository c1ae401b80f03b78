"""What follows each act on a record, in one table: a concern that is added here holds for all of them.

A concern gets the act when the record is stored (or its row removed) and only adds complete rows, by identifiers and
never by relationships; it reads ``before`` and the record as it is now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from portal.core.table import Table
from portal.persistence.models import RecordEvent
from portal.persistence.unit_of_work import Sealed
from portal.services.figures.deltas import keep_figures
from portal.services.reach.keeping import keep_reach
from portal.services.records.acts.looked import Looking, note
from portal.services.records.acts.performed import Performed
from portal.services.records.handling.clocks import concern as clocks
from portal.services.records.privacy.record_encryption import HISTORY, encrypting, key_for_writing


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that has to be done whenever an act is performed.

    ``prepare`` works out what the record itself has to say, before it is stored: so it is written once. What ``looked``
    does is done when something is only read; without it, acts that read do not concern it.
    """

    name: str
    settle: Callable[[Performed], None]
    prepare: Callable[[Performed], None] | None = None
    looked: Callable[[Looking], None] | None = None


def _history(performed: Performed) -> None:
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
                by_name=uow.access.name if told.by is None else told.by,
                unit_id=told.unit_id,
                reason=reason,
                data=data,
            )
        )


def _audit(performed: Performed) -> None:
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


def _outbox(performed: Performed) -> None:
    """Leave the messages in the outbox."""
    for topic, message in performed.messages:
        performed.uow.notify(topic, message.payload())


CONCERNS: Table[Concern] = Table(
    "concerns",
    Concern("clocks", clocks.store, prepare=clocks.prepare),
    Concern("history", _history),
    Concern("audit", _audit, looked=note),
    # Behind whatever may still change the record.
    Concern("reach", keep_reach),
    Concern("figures", keep_figures),
    Concern("outbox", _outbox),
)
