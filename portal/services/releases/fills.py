"""Which fields the older records below a centre do not have their values of yet.

A release that newly declares a field says so when it is put in force; the job ``fill_fields`` does the work.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import FieldFill, Record, Unit
from portal.persistence.scope import subtree
from portal.services.bundles import Bundle
from portal.services.declared_places import added_places, places_of
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

WAITING, DONE = "waiting", "done"
_OPTIONS = {"unscoped": "asked whether there are older records at all; what they are goes nowhere"}


def announce(
    portal: Portal, session: Session, unit: Unit, before: int | None, release_id: int, now: dt.datetime
) -> list[str]:
    """Note the fields that a release declares and the one before did not, where there are older records.

    Return their names. What was filled under an earlier release is filled again from the beginning: it was not
    kept up to date meanwhile.
    """
    bundle = pinned(portal, session, release_id)
    older = None if before is None else pinned(portal, session, before)
    noted = []
    for etype, pointers in _added(older, bundle).items():
        own = (
            Record.etype == etype,
            Record.release_id != release_id,
            subtree(Record.unit_path, (unit.path,)),
        )
        if session.scalar(select(Record.id).where(*own).limit(1), execution_options=_OPTIONS) is None:
            continue
        for pointer in pointers:
            note(session, (unit.id, etype, pointer), release_id, now)
            noted.append(f"{etype}{pointer}")
    return noted


def note(session: Session, key: tuple[int, str, str], release_id: int, now: dt.datetime) -> FieldFill:
    """Return the state of a field below a centre, set back to the beginning."""
    found = session.get(FieldFill, key)
    if found is None:
        found = FieldFill(unit_id=key[0], etype=key[1], pointer=key[2])
        session.add(found)
    found.release_id, found.changed_at = release_id, now
    found.state, found.position, found.filled = WAITING, 0, 0
    return found


def unfilled(session: Session, release_id: int, etype: str) -> set[str]:
    """Return the fields of a type that older records do not all have their values of yet, under a release in force."""
    own = (FieldFill.release_id == release_id, FieldFill.etype == etype, FieldFill.state != DONE)
    return set(session.scalars(select(FieldFill.pointer).where(*own)))


def _added(older: Bundle | None, bundle: Bundle) -> dict[str, list[str]]:
    found = {}
    for entity in bundle.entities():
        known = older is not None and older.has_entity(entity.id)
        places = added_places(older, bundle, entity.id) if older and known else places_of(bundle, entity.id)
        if places:
            found[entity.id] = list(places)
    return found
