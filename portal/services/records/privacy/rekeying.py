"""Bring everything that is stored under an older data key under the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.adapters.record_key import rewrapped
from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.acts import REKEY
from portal.persistence.models import Record
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.entering.lookup_codes import rekey_code
from portal.services.records.entering.transferring import encrypted_anew
from portal.services.records.privacy.encryption import encrypted, opened, sensitive
from portal.services.records.privacy.people_index import index_people
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

CHUNK = 200
REASON = "data key changed"


def rekey(portal: Portal) -> tuple[int, int]:
    """Encrypt the data of all records by the current key; return how many there are and how many were encrypted anew.

    It goes on in small transactions, and may be stopped and run again. Keys of records are wrapped anew, so that what
    history, decisions and audit log hold under them opens without the older data key. What these held before a record
    had a key is never rewritten: sensitive values in it open as long as the older data key is kept.
    """
    last = seen = changed = 0
    while True:
        with portal.writing(Access.system(REASON)) as uow:
            query = select(Record).where(Record.id > last).order_by(Record.id).limit(CHUNK)
            records = list(uow.session.scalars(query))
            if not records:
                return seen, changed
            for record in records:
                with perform(uow, REKEY, record) as act:
                    changed += _data(act)
                bundle = pinned(portal, uow.session, record.release_id)
                clear = opened(portal.keys, bundle, record.etype, record.uid, record.data)
                index_people(uow.session, portal.keys, bundle, record, clear)
                rekey_code(uow.session, portal.keys, record)
            seen, last = seen + len(records), records[-1].id
            uow.commit()


def _data(act: Performed) -> bool:
    record, bundle, keys = act.record, act.bundle, act.uow.portal.keys
    values = (
        value for where in sensitive(bundle, record.etype) for value in pointers.values(record.data, where)
    )
    wrapped = None if record.key is None else rewrapped(keys, record.key, record.uid)
    kept = encrypted_anew(keys, record)
    current = all(not isinstance(value, str) or keys.is_current(value) for value in values)
    if current and kept is None and record.key is not None and wrapped is None:
        act.cancel()
        return False
    record.key = wrapped or record.key
    if kept is not None:
        record.kept = kept
    clear = opened(keys, bundle, record.etype, record.uid, record.data)
    record.data = encrypted(keys, bundle, record.etype, record.uid, clear)
    # A new version: whoever has the record open at this moment is told, and overwrites nothing. With it an older
    # record gets a key of its own.
    act.touch()
    act.audit(plain=True)
    return True
