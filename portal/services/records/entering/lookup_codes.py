"""The look-up code of a record: made with it, kept as a keyed digest beside the encrypted code, made anew on demand."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring, is_encrypted
from portal.core.acts import RENEW_CODE
from portal.core.errors import NotFound, msg
from portal.core.lookup import LookupRules, lookup_rules
from portal.core.lookup_codes import new_code
from portal.persistence.models import LookupCode, Record
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import bundle_of, load
from portal.services.records.acts.performing import perform
from portal.services.records.finding.rows_of_record import rows_of

if TYPE_CHECKING:
    from portal.services.portal import Work

_OF_RECORD = owned(LookupCode, LookupCode.record_id)
KIND = "lookup"


def rules_of(bundle: Bundle, etype: str) -> LookupRules | None:
    """Return how the records of a type are looked up; None for a type whose records are not."""
    if not bundle.has_entity(etype):
        return None
    return bundle.once(("lookup", etype), lambda: lookup_rules(bundle.entity(etype).entity))


def make_code(uow: Work, bundle: Bundle, record: Record) -> None:
    """Give a new record its code, where its type is looked up; the record is stored already."""
    if rules_of(bundle, record.etype) is not None:
        uow.add(_row(uow.portal.keys, record))


def renew_code(uow: Work, uid: str, etype: str, version: int) -> str:
    """Give a record another code and return it; the one before opens nothing from now on."""
    record = load(uow.session, uid, etype)
    if rules_of(bundle_of(uow, record), etype) is None:
        raise NotFound("lookup.none", msg("Matters of this kind are not looked up by a code"))
    with perform(uow, RENEW_CODE, record, version=version) as act:
        row, held = _row(uow.portal.keys, record), rows_of(uow.session, record, _OF_RECORD)
        if held:
            # Not through the mapped object: what was answered already stays answered.
            held[0].digest, held[0].code = row.digest, row.code
        else:
            uow.session.add(row)
        act.touch()
        act.history("renewed" if held else "made")
        act.audit(plain=True)
    return opened_code(uow.portal.keys, record, row.code) or ""


def code_of(keys: Keyring, session: Session, record: Record) -> str | None:
    """Return the code of a record within the session's scope; None where it has none, or none that opens."""
    held = rows_of(session, record, _OF_RECORD)
    return opened_code(keys, record, held[0].code) if held else None


def opened_code(keys: Keyring, record: Record, stored: str) -> str | None:
    """Return a stored code in clear; None where no known key opens it."""
    found = keys.open(stored, _place(record))
    return found if isinstance(found, str) and not is_encrypted(found) else None


def digests_of_code(keys: Keyring, code: str) -> list[str]:
    """Return the digests under which a code may be stored, by every known key."""
    return keys.digests(KIND, code)


def rekey_code(session: Session, keys: Keyring, record: Record) -> None:
    """Bring the code of a record under the current key."""
    query = select(LookupCode.code).where(LookupCode.record_id == record.id)
    stored = session.scalar(query)
    if stored is None or keys.is_current(stored):
        return
    code = opened_code(keys, record, stored)
    if code is not None:
        values = {"digest": keys.digest(KIND, code), "code": keys.encrypt(code, _place(record))}
        session.execute(update(LookupCode).where(LookupCode.record_id == record.id).values(**values))


def _row(keys: Keyring, record: Record) -> LookupCode:
    code = new_code(secrets.randbelow)
    return LookupCode(
        record_id=record.id,
        digest=keys.digest(KIND, code),
        code=keys.encrypt(code, _place(record)),
        answered=False,
    )


def _place(record: Record) -> str:
    return f"{KIND}\0{record.uid}"
