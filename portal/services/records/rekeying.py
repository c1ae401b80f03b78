"""Bring everything that is stored under an older data key under the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.acts import REKEY
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.sealing import opened, sealed, sensitive
from portal.services.records.terms import index_people
from portal.services.records.transferring import resealed
from portal.services.records.writing import touch
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

CHUNK = 200
REASON = "data key changed"


def rekey(portal: Portal) -> tuple[int, int]:
    """Seal the data of all records by the current key; return how many there are and how many were sealed anew.

    It goes on in small transactions, and may be stopped and run again. The history and the audit log are never
    rewritten: what they hold sealed by an older key opens as long as that key is kept.
    """
    last = seen = changed = 0
    while True:
        with portal.writing(Access.system(REASON)) as uow:
            query = select(Record).where(Record.id > last).order_by(Record.id).limit(CHUNK)
            records = list(uow.session.scalars(query))
            if not records:
                return seen, changed
            for record in records:
                bundle = pinned(portal, uow.session, record.release_id)
                changed += _data(uow, bundle, record)
                index_people(uow.session, portal.keys, bundle, record, record.data)
            seen, last = seen + len(records), records[-1].id
            uow.commit()


def _data(uow: Work, bundle: Bundle, record: Record) -> bool:
    keys = uow.portal.keys
    values = (
        value for where in sensitive(bundle, record.etype) for value in pointers.values(record.data, where)
    )
    kept = resealed(keys, record)
    if kept is None and all(not isinstance(value, str) or keys.is_current(value) for value in values):
        return False
    if kept is not None:
        record.kept = kept
    clear = opened(keys, bundle, record.etype, record.uid, record.data)
    record.data = sealed(keys, bundle, record.etype, record.uid, clear)
    # A new version: whoever has the record open at this moment is told, and overwrites nothing.
    touch(uow, record)
    uow.audit(REKEY.action, record, kind=record.etype, object_id=record.uid, unit_path=record.unit_path)
    return True
