"""The words of records that were stored before words were kept, or by another way of making them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.persistence.models import Record
from portal.services.records.entering.releases_above import releases_above
from portal.services.records.entering.texts import keep_texts
from portal.services.records.privacy.encryption import opened
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Work

# Another number: the words of all records are made anew in the next night.
REVISION = 1
# Small, for nobody else writes meanwhile on SQLite.
CHUNK = 100


def index_older(begin: Callable[[], Work], told: Callable[[int], None], chunk: int = CHUNK) -> int:
    """Give all records their words; ``begin`` begins a transaction, ``told`` hears how many were looked at."""
    last = seen = 0
    while True:
        with begin() as uow:
            query = select(Record).where(Record.id > last).order_by(Record.id).limit(chunk).with_for_update()
            found = list(uow.session.scalars(query))
            if not found:
                return seen
            for record in found:
                bundle = pinned(uow.portal, uow.session, record.release_id)
                clear = opened(uow.portal.keys, bundle, record.etype, record.uid, record.data)
                newer = releases_above(uow.portal, uow.session, record)
                keep_texts(uow.session, bundle, record, clear, newer)
            seen, last = seen + len(found), found[-1].id
            told(seen)
            uow.commit()
