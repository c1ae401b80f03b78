"""Write a record as a new version: data with title and columns to match, who changed it, one winner of two writers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm.exc import StaleDataError

from portal.adapters.keyring import Keyring
from portal.core import pointer as pointers
from portal.core.errors import Conflict, msg
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.entering.columns import columns_of
from portal.services.records.finding.as_read import as_read
from portal.services.records.finding.titles import title_of
from portal.services.records.privacy.encryption import encrypted, opened
from portal.services.records.privacy.record_encryption import give_key

if TYPE_CHECKING:
    from portal.services.portal import Work

# The field of a type that holds the grade of its records, where there is one.
GRADE = "/grade"


def set_data(
    keys: Keyring, bundle: Bundle, record: Record, data: Mapping[str, Any], newer: Iterable[Bundle] = ()
) -> None:
    """Give a record new data, sensitive ones encrypted, with title and columns to match.

    ``newer`` are the releases in force above the record: by their fields it is found as well.
    """
    record.data = encrypted(keys, bundle, record.etype, record.uid, data, record.data)
    clear = opened(keys, bundle, record.etype, record.uid, record.data)
    read = as_read(bundle, record.etype, clear)
    record.title = title_of(bundle, record.etype, read)
    for name, value in columns_of(bundle, record.etype, read, newer).columns.items():
        if name != "due_on" or value is not None:
            setattr(record, name, value)
    if GRADE in bundle.fields(record.etype):
        given = pointers.get(clear, GRADE)
        record.grade = given if isinstance(given, str) and given else None
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


def save(uow: Work) -> None:
    """Write what was changed; the loser of two writers of one version gets a Conflict.

    Nothing is written into the part of the disk that is kept for signing in and reading.
    """
    uow.need_room()
    flush(uow)


def flush(uow: Work) -> None:
    """Write what was changed, however full the disk; the loser of two writers of one version gets a Conflict."""
    try:
        uow.session.flush_things()
    except StaleDataError as error:
        raise Conflict("record.stale", msg("%(who)s changed this record meanwhile"), {"who": "—"}) from error
