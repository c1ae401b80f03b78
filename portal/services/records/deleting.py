"""Delete a record, where its type allows it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.core.errors import Conflict, Forbidden, msg
from portal.persistence.models import Record
from portal.services.records.writing import audit, bundle_of, check_version, load, need, require

if TYPE_CHECKING:
    from portal.services.portal import Work


def delete(uow: Work, uid: str, version: int, reason: str) -> None:
    """Delete a record; the audit keeps what it held, and why it was deleted."""
    record = load(uow.session, uid)
    require(uow, record, "delete")
    if not bundle_of(uow, record).entity(record.etype).can_delete:
        raise Forbidden("record.kept", msg("Records of this type are never deleted"))
    check_version(record, version)
    need(reason)
    parts = uow.session.scalar(select(func.count()).select_from(Record).where(Record.parent_id == record.id))
    if parts:
        raise Conflict("record.parts", msg("The record has parts; delete those first"))
    before = {"code": record.code, "title": record.title, "data": record.data}
    uow.session.delete(record)
    audit(uow, "delete", record, before=before, reason=reason)
    uow.session.flush()
