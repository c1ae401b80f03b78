"""Delete a record, or destroy any record: its row goes, and with it the key of all that stays of it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select

from portal.core.access import Access, Origin
from portal.core.acts import DESTROY, REMOVE
from portal.core.audit import field_names
from portal.core.errors import Conflict, Forbidden, msg, require_reason
from portal.persistence.models import ImportChunk, Record, RecordSource, RequestKey
from portal.persistence.scope import door
from portal.services.records.acts.loading import check_version, load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


def delete(uow: Work, uid: str, version: int, reason: str) -> None:
    """Delete a record; the audit keeps its number, the names of its fields and why it was deleted, no value."""
    record = load(uow.session, uid)
    with perform(uow, REMOVE, record) as act:
        if not act.bundle.entity(record.etype).can_delete:
            raise Forbidden("record.kept", msg("Records of this type are never deleted"))
        check_version(record, version)
        require_reason(reason)
        if _parts(uow, record):
            raise Conflict("record.parts", msg("The record has parts; delete those first"))
        remove(act, reason)


def destroy(portal: Portal, uid: str, reason: str, origin: Origin | None = None) -> bool:
    """Destroy a record of any type with its parts, as work of the system, and wipe what the database keeps of it.

    Return whether the wiping came to an end; ``Database.wipe`` can be run again.
    """
    require_reason(reason)
    with portal.writing(Access.system(reason), origin or Origin(channel="job")) as uow:
        _wait_for(uow, uid)
        destroy_here(uow, load(uow.session, uid), reason)
        uow.commit()
    return portal.database.wipe()


def destroy_here(uow: Work, record: Record, reason: str) -> None:
    """Destroy a record with its parts in this transaction; who asks holds its row, and wipes the database."""
    _with_parts(uow, record, reason)


def _wait_for(uow: Work, uid: str) -> None:
    """Let those who are changing a record, or adding to it, end first; none begins until it is gone."""
    uow.session.execute(select(Record.id).where(Record.uid == uid).with_for_update())


def _with_parts(uow: Work, record: Record, reason: str) -> None:
    parts = select(Record).where(Record.parent_id == record.id).order_by(Record.id)
    for part in uow.session.scalars(parts):
        _with_parts(uow, part, reason)
    _forget_rows(uow, record)
    with perform(uow, DESTROY, record) as act:
        remove(act, reason)


def _forget_rows(uow: Work, record: Record) -> None:
    """Remove the rows of the file that a record was taken over from: they hold what it was made of."""
    file = select(RecordSource.file_id).where(RecordSource.record_id == record.id).scalar_subquery()
    for chunk in uow.session.scalars(select(ImportChunk).where(ImportChunk.file_id == file)):
        uow.session.delete(chunk)


def _parts(uow: Work, record: Record) -> int:
    counted = select(func.count()).select_from(Record).where(Record.parent_id == record.id)
    return uow.session.scalar(counted) or 0


def remove(act: Performed, reason: str) -> None:
    """Delete the row; history, decisions, referrals, files, disclosures and people index go by its foreign keys.

    The entry is not encrypted: the key that would open it goes now, so it holds the number and the names of the fields.
    """
    uow, record = act.uow, act.record
    held = {"code": record.code, "title": record.title, "data": record.data}
    answers = delete_rows(RequestKey).where(RequestKey.record_uid == record.uid)
    uow.session.execute(door(answers, "answers about a record go with it, everybody's"))
    uow.session.delete(record)
    act.gone = True
    act.audit(before={"code": record.code}, reason=reason, fields=field_names(held))
