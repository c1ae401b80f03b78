"""What all changes to records share: load within the scope, check the version, save, write the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.adapters.keyring import Keyring
from portal.core.errors import Conflict, NotFound, msg
from portal.persistence.models import Record, RecordEvent, Unit
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle
from portal.services.records.entering.columns import columns_of
from portal.services.records.finding.titles import title_of
from portal.services.records.privacy.encryption import opened, sealed
from portal.services.records.privacy.record_seal import HISTORY, give_key, key_for_writing, sealing
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_at, no_centre

if TYPE_CHECKING:
    from portal.services.portal import Work


_BY_UID = prepared(select(Record).where(Record.uid == bindparam("uid")))


def load(session: Session, uid: str, etype: str | None = None) -> Record:
    """Return a record within the session's scope; a foreign one is as unknown as a missing one."""
    options = {} if etype is None else {"scope_etype": etype}
    record = session.scalars(_BY_UID, {"uid": uid}, execution_options=options).one_or_none()
    if record is not None and etype not in (None, record.etype):
        record = None
    if record is None:
        raise NotFound("record.unknown", msg("There is no such record"))
    return record


def require(uow: Work, record: Record, action: str) -> None:
    """Raise Forbidden unless the person may do ``action`` with a record they see."""
    uow.access.require(record.etype, action, record.unit_path, record.handler_path)


def bundle_of(uow: Work, record: Record) -> Bundle:
    """Return the release the record was entered under."""
    return pinned(uow.portal, uow.session, record.release_id)


def centre_ref(uow: Work, record: Record) -> CentreRef:
    """Return the centre under which the record was entered, with the release of the record."""
    centre = centre_at(uow.session, record.centre_id)
    if centre is None:
        raise no_centre(uow.session.get_one(Unit, record.centre_id))
    return replace(centre, release_id=record.release_id)


def check_version(record: Record, version: int) -> None:
    """Raise Conflict when the record is no longer the version the person saw."""
    if record.version != version:
        raise stale(record)


def stale(record: Record) -> Conflict:
    """Return the plain refusal of an act on an older version."""
    params = {"who": record.updated_by_name, "version": record.version}
    return Conflict("record.stale", msg("%(who)s changed this record meanwhile"), params)


def set_data(
    keys: Keyring, bundle: Bundle, record: Record, data: Mapping[str, Any], newer: Iterable[Bundle] = ()
) -> None:
    """Give a record new data, sensitive ones encrypted, with title and columns to match.

    ``newer`` are the releases in force above the record: by their fields it is found as well.
    """
    record.data = sealed(keys, bundle, record.etype, record.uid, data, record.data)
    clear = opened(keys, bundle, record.etype, record.uid, record.data)
    record.title = title_of(bundle, record.etype, clear)
    for name, value in columns_of(bundle, record.etype, clear, newer).columns.items():
        if name != "due_on" or value is not None:
            setattr(record, name, value)
    record.search_text = search_text(record)


def search_text(record: Record) -> str:
    """Return what the text search looks through."""
    return f"{record.code or ''} {record.title}".casefold()


def touch(uow: Work, record: Record) -> None:
    """Make the record a new version, changed now by this person; an older record gets its key."""
    if record.key is None:
        give_key(uow.portal.keys, record)
    record.version += 1
    record.updated_at = uow.now
    record.updated_by_name = uow.access.name


def save(uow: Work, record: Record) -> None:
    """Write the record; the loser of two writers of one version gets a Conflict."""
    uow.need_room()
    flush(uow)


def flush(uow: Work) -> None:
    """Write what was changed; the loser of two writers of one version gets a Conflict."""
    try:
        uow.session.flush()
    except StaleDataError as error:
        raise Conflict("record.stale", msg("%(who)s changed this record meanwhile"), {"who": "—"}) from error


def event(uow: Work, record: Record, kind: str, name: str = "", **values: Any) -> RecordEvent:
    """Add an event to the record's history; what it says of the record is sealed under the record's key."""
    said: dict[str, Any] = {"data": {}, "reason": ""} | values
    key = key_for_writing(uow.portal.keys, record)
    if key is not None:
        said["data"] = key.seal(said["data"], HISTORY) if said["data"] else {}
        said["reason"] = key.seal_text(said["reason"], HISTORY)
    made = RecordEvent(
        record=record,
        at=uow.now,
        kind=kind,
        name=name,
        version=record.version,
        by_name=uow.access.name,
        **said,
    )
    uow.add(made)
    return made


def audit(
    uow: Work,
    action: str,
    record: Record,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write the audit entry of an act on a record; what it says of the record is sealed under the record's key."""
    key = key_for_writing(uow.portal.keys, record)
    uow.audit(
        action,
        record,
        kind=record.etype,
        object_id=record.uid,
        unit_path=record.unit_path,
        release_id=record.release_id,
        before=before,
        after=after,
        reason=reason,
        sealed=sealing(key),
    )
