"""Reading as an act: a record that is opened, a list that is searched, a file that is sent; noted in the audit log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.keyring import Keyring
from portal.adapters.record_key import RecordKey
from portal.core.access import Access, Origin
from portal.core.acts import Act, by_action
from portal.core.canonical import canonical
from portal.persistence.models import AuditEntry, Record
from portal.persistence.models.audit import completed
from portal.services.records.privacy.record_encryption import AUDIT

if TYPE_CHECKING:
    from portal.services.portal import Portal

log = logging.getLogger("portal.audit")
_ENTRY: Any = AuditEntry.__table__
_RECORD: Any = Record.__table__
# Built once: this is the hottest path there is.
_INSERT = insert(_ENTRY)
_PLACE_OF = select(_RECORD.c.unit_path, _RECORD.c.release_id, _RECORD.c.key).where(
    _RECORD.c.uid == bindparam("uid")
)


@dataclass(frozen=True, slots=True)
class Read:
    """Something a person read. Of a record, unit, release and key are looked up where they are not given."""

    action: str
    kind: str
    object_id: str
    unit_path: str = ""
    release_id: int | None = None
    purpose: str = ""
    detail: Mapping[str, Any] | None = None
    key: str | None = None

    @property
    def act(self) -> Act:
        """Return the act that this reading is; KeyError for one that is in no table."""
        return by_action()[self.action]


@dataclass(slots=True)
class Looking:
    """What one request read, with who read it; ``noted`` turns False where the audit log took no entry."""

    portal: Portal
    access: Access
    origin: Origin
    reads: Sequence[Read]
    noted: bool = True


def note(looking: Looking) -> None:
    """Write the entries of what one request read, in a short transaction of their own.

    A database that takes no entry (a full disk) does not keep people from reading: the entry then goes to the log of
    the process, whole.
    """
    portal, access, origin, reads = looking.portal, looking.access, looking.origin, looking.reads
    base: dict[str, Any] = {
        "at": portal.clock.now(),
        "actor_id": access.user_id,
        "actor": access.name,
        "ip": origin.ip,
        "request_id": origin.request_id,
        "channel": origin.channel,
    }
    home = access.memberships[0][1] if access.memberships else "/"
    try:
        several = len(reads) > 1
        engine = portal.database.writers.kw["bind"] if several else portal.database.noting_engine
        with engine.begin() as connection:
            # Without the session: an insert of finished values needs nothing of it.
            rows = [completed(base | _values(connection, portal.keys, read, home)) for read in reads]
            connection.execute(_INSERT, rows if several else rows[0])
    except SQLAlchemyError as error:
        for read in reads:
            line = {**base, "at": base["at"].isoformat(), **_plain(read)}
            log.error("audit entry not stored (%s): %s", type(error).__name__, canonical(line))
        looking.noted = False


def _values(connection: Any, keys: Keyring, read: Read, home: str) -> dict[str, Any]:
    values, wrapped = _plain(read), read.key
    if not read.unit_path:
        found = connection.execute(_PLACE_OF, {"uid": read.object_id}).first() if read.object_id else None
        values["unit_path"], values["release_id"], wrapped = found or (home, read.release_id, None)
    # A purpose is what somebody wrote; what was opened how is no value of the record.
    key = RecordKey.of(keys, wrapped, read.object_id) if wrapped and read.purpose else None
    return values if key is None else values | {"reason": key.encrypt_text(read.purpose, AUDIT)}


def _plain(read: Read) -> dict[str, Any]:
    return {
        "action": read.action,
        "kind": read.kind[:64],
        "object_id": read.object_id[:128],
        "unit_path": read.unit_path,
        "release_id": read.release_id,
        "reason": read.purpose,
        "after": dict(read.detail) if read.detail is not None else None,
    }
