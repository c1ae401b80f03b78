"""Finding people by a whole name, phone or identity number, without storing what one looks for.

Beside a record stand keyed digests of these values: the same value gives the same digest, and nobody can read or guess
it without the key. Only whole values are found, and only by people who hold ``search``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core import pointer as pointers
from portal.core.access import SEARCH
from portal.core.ways.phones import numbers_in, phone
from portal.core.ways.texts import name
from portal.persistence import plain_rows, scope
from portal.persistence.models import Record, RecordTerm
from portal.services.bundles import Bundle
from portal.services.records.finding.as_read import as_read
from portal.services.records.finding.rows_of_record import rows_of

KINDS = ("name", "phone", "id")
MAX_FOUND = 1000
MIN_LENGTH = 2
_OF_RECORD = scope.owned(RecordTerm, RecordTerm.digest)
_BETWEEN = re.compile(r"[\s·•・.\-]+")
_CHINA = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")


def term_digests(keys: Keyring, bundle: Bundle, etype: str, clear: Mapping[str, Any]) -> set[str]:
    """Return the digests of everything by which the people of a record are found."""
    found = set()
    clear = as_read(bundle, etype, clear)
    for one in bundle.protected(etype):
        if one.mask in KINDS:
            texts = (value for value in pointers.values(clear, one.pointer) if isinstance(value, str))
            parts = (part for text in texts for part in (numbers_in(text) if one.mask == "phone" else [text]))
            found |= {keys.digest(one.mask, plain) for plain in map(normal, parts) if plain}
    return found


def digests_of(keys: Keyring, text: str) -> list[str]:
    """Return the keyed digests that a searched name or number may have."""
    plain = normal(text)
    if len(plain) < MIN_LENGTH:
        return []
    number = phone(text)
    numbers = map(normal, numbers_in(number)) if isinstance(number, str) else ()
    sought = dict.fromkeys((plain, *numbers))
    return [digest for one in sought for kind in KINDS for digest in keys.digests(kind, one)]


def subject_of(keys: Keyring, text: str) -> str:
    """Return the keyed digest under which a searched person is logged, never the name or number itself."""
    return keys.digest("subject", normal(text))


def subjects_of(keys: Keyring, text: str) -> list[str]:
    """Return the keyed digests under which a person may be logged."""
    return keys.digests("subject", normal(text))


def naming(session: Session, keys: Keyring, etype: str, text: str) -> list[int]:
    """Return the records whose people bear this name or number.

    Only records count in which the session's person may search for people.
    """
    access = scope.access_of(session)
    digests = digests_of(keys, text) if access.can(etype, SEARCH) else []
    if not digests:
        return []
    query = (
        select(Record.id)
        .join(RecordTerm, RecordTerm.record_id == Record.id)
        .where(RecordTerm.digest.in_(digests), Record.etype == etype)
        .limit(MAX_FOUND)
    )
    options = {"scope_action": SEARCH, "scope_etype": etype}
    return list(session.scalars(query, execution_options=options))


def index_people(
    session: Session,
    keys: Keyring,
    bundle: Bundle,
    record: Record,
    clear: Mapping[str, Any],
    *,
    new: bool = False,
) -> None:
    """Store the digests by which a record's people are found; a ``new`` record has none to compare with.

    ``clear`` are the record's data with everything encrypted in them opened.
    """
    wanted = term_digests(keys, bundle, record.etype, clear)
    rows = [] if new else rows_of(session, record, _OF_RECORD)
    held = {row.digest for row in rows}
    plain_rows.add(
        session, (RecordTerm(record_id=record.id, digest=digest) for digest in sorted(wanted - held))
    )
    for row in rows:
        if row.digest not in wanted:
            session.delete(row)


def normal(text: str) -> str:
    """Return a name or number as it is compared: without spaces, dots and dashes, and without the country code."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", name(text))).casefold()
    return _CHINA.sub("", plain)
