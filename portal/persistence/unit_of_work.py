"""The unit of work: one transaction of one person, with its audit entry and its notifications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from portal.core.access import Access, Origin
from portal.core.errors import check_reason
from portal.persistence import plain_rows, scope
from portal.persistence.database import Database
from portal.persistence.ledger import Ledger, ledger_of
from portal.persistence.models import AuditEntry, OutboxMessage
from portal.persistence.plain_rows import WritingSession

Sealed = Callable[[dict[str, Any]], dict[str, Any]]


class UnitOfWork:
    """A writing transaction. Leaving it without ``commit`` rolls everything back."""

    def __init__(
        self, database: Database, access: Access, origin: Origin, now: dt.datetime, today: dt.date
    ) -> None:
        self.access = access
        self.origin = origin
        self.now = now
        self.today = today
        self.database = database
        self.session: WritingSession = database.writers()
        scope.enter(self.session, access, origin)

    def __enter__(self) -> Self:
        self.ledger.in_unit_of_work = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    @property
    def ledger(self) -> Ledger:
        """Return what this transaction changed and covered so far."""
        return ledger_of(self.session)

    def add(self, *things: Any) -> None:
        """Store new rows with this transaction."""
        plain_rows.add(self.session, things)

    def audit(
        self,
        action: str,
        thing: Any,
        *,
        kind: str,
        object_id: str,
        unit_path: str = "/",
        release_id: int | None = None,
        reason: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        covers: Iterable[Any] = (),
        sealed: Sealed | None = None,
    ) -> AuditEntry:
        """Write the audit entry of ``thing``; ``covers`` names what else the same act changed.

        ``sealed`` seals what the entry says of a record under the record's key.
        """
        entry = self.audit_event(
            action,
            kind=kind,
            object_id=object_id,
            unit_path=unit_path,
            release_id=release_id,
            reason=reason,
            before=before,
            after=after,
            sealed=sealed,
        )
        self.ledger.cover(thing, *covers)
        return entry

    def audit_event(
        self,
        action: str,
        *,
        kind: str,
        object_id: str,
        unit_path: str = "/",
        release_id: int | None = None,
        reason: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        sealed: Sealed | None = None,
    ) -> AuditEntry:
        """Write an audit entry for something that changes no row: an export, an opened record."""
        check_reason(reason)
        said: dict[str, Any] = {
            "reason": reason or self.access.system_reason,
            "before": dict(before) if before is not None else None,
            "after": dict(after) if after is not None else None,
        }
        entry = AuditEntry(
            at=self.now,
            actor_id=self.access.user_id,
            actor=self.access.name,
            ip=self.origin.ip,
            request_id=self.origin.request_id,
            channel=self.origin.channel,
            action=action,
            kind=kind,
            object_id=object_id,
            unit_path=unit_path,
            release_id=release_id,
            **(said if sealed is None else sealed(said)),
        )
        self.add(entry)
        return entry

    def notify(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Leave a message for the worker, sent only if this transaction is stored."""
        self.add(OutboxMessage(at=self.now, topic=topic, payload=dict(payload)))

    def need_room(self) -> None:
        """Raise DiskFull where the last of the disk is kept for signing in and reading."""
        if self.database.reserve is not None:
            self.database.reserve.need_room()

    def commit(self) -> None:
        """Store everything, provided that each change has its audit entry."""
        self.session.commit()
        self.ledger.in_unit_of_work = True
