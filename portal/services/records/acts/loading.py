"""Load a record within the scope of the session, with its release and its centre; check rights and version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound, msg
from portal.persistence.ledger import ledger_of
from portal.persistence.models import Record, Unit
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_at, no_centre

if TYPE_CHECKING:
    from portal.services.portal import Work


_BY_UID = prepared(select(Record).where(Record.uid == bindparam("uid")))
# Acts on one record follow one another, so that who sees it and its parts follows from all of them.
_HELD = prepared(_BY_UID.with_for_update(key_share=True, of=Record))


def load(session: Session, uid: str, etype: str | None = None) -> Record:
    """Return a record within the session's scope; a foreign one is as unknown as a missing one.

    In a unit of work nobody else changes it, or moves its unit, until that ends; on SQLite no other writes at all.
    """
    options = {} if etype is None else {"scope_etype": etype}
    query = _HELD if ledger_of(session).in_unit_of_work else _BY_UID
    record = session.scalars(query, {"uid": uid}, execution_options=options).one_or_none()
    if record is not None and etype not in (None, record.etype):
        record = None
    if record is None:
        raise NotFound("record.unknown", msg("There is no such record"))
    return record


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
