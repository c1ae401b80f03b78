"""How long the volume of a record is kept: worked out in the act that archives it, and again when its facts change."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.conditions import Env
from portal.core.facts import facts
from portal.core.volumes import ARCHIVED, Keeping, RetentionClass, keeping
from portal.core.zone import LOCAL
from portal.persistence.models import Record, Volume
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_at

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work
    from portal.services.records.acts.performed import Performed

_OF_RECORD = owned(Volume, Volume.record_id)


def keeping_of(bundle: Bundle) -> Keeping:
    """Return how volumes are kept by a release."""
    return bundle.once(("keeping",), lambda: keeping(bundle.settings))


def has_volume(bundle: Bundle, etype: str) -> bool:
    """Tell whether records of a type have a volume."""
    return etype in keeping_of(bundle).volumes


def keeper(portal: Portal, session: Session, record: Record, own: Bundle) -> Bundle:
    """Return the release by which a record's volume is kept: its own, or the one in force where that says nothing."""
    if has_volume(own, record.etype):
        return own
    centre = centre_at(session, record.centre_id)
    return own if centre is None else pinned(portal, session, centre.release_id)


def volume_of(session: Session, record: Record) -> Volume | None:
    """Return the volume of a record; None while nothing was said of it."""
    found: list[Volume] = rows_of(session, record, _OF_RECORD)
    return found[0] if found else None


def own_volume(uow: Work, record: Record, *, is_new: bool = False) -> Volume:
    """Return the volume of a record, a new one where there is none; part of an act on the record.

    Of a record that the act makes (``is_new``) nobody said anything yet: thousands of those come in by an import.
    """
    found = None if is_new else uow.session.scalar(select(Volume).where(Volume.record_id == record.id))
    if found is None:
        found = Volume(
            record_id=record.id, etype=record.etype, placed={}, chosen=False, held=False, version=1
        )
        uow.add(found)
    else:
        found.version += 1
    return found


def facts_of(record: Record) -> dict[str, Any]:
    """Return what the conditions of volumes may read."""
    names = (one.rpartition("/")[2] for one in facts(["record"]))
    return {"data": record.data, "record": {name: getattr(record, name, None) for name in names}}


def class_for(bundle: Bundle, record: Record, today: dt.date) -> RetentionClass | None:
    """Return the class in which the volume of a record is kept by the rules; None where the release says nothing."""
    kept = keeping_of(bundle)
    volumes = kept.volumes.get(record.etype)
    if volumes is None:
        return None
    env = Env(today, taxonomies=bundle.taxonomies)
    return kept.classes.get(volumes.class_of(facts_of(record), env))


def keep_volume(act: Performed) -> None:
    """Give the volume of a record that an act archives its class and days, and take them where it is taken up again.

    A class that a person chose stays; else it follows the record as long as it is archived.
    """
    record, before = act.record, act.before
    if act.gone or act.act.reads:
        return
    if ARCHIVED not in (record.canonical_stage, before.canonical_stage if before is not None else None):
        return
    date_volume(act)


def date_volume(act: Performed) -> None:
    """Work out the class and the days of a record's volume as it is now; write them where they change."""
    record, uow, today = act.record, act.uow, act.uow.today
    bundle = keeper(uow.portal, uow.session, record, act.bundle)
    volumes = keeping_of(bundle).volumes.get(record.etype)
    if volumes is None:
        return
    is_new = act.before is None
    found = None if is_new else volume_of(uow.session, record)
    if record.canonical_stage != ARCHIVED:
        if found is not None and found.archived_on is not None:
            found.archived_on = found.ends_on = None
            found.version += 1
        return
    chosen = found is not None and found.chosen
    retention = keeping_of(bundle).classes.get(found.retention) if found is not None and chosen else None
    retention = retention or class_for(bundle, record, today)
    since = record.stage_since
    archived_on = since.astimezone(LOCAL).date() if since is not None else today
    ends_on = retention.ends_on(archived_on, volumes.start) if retention is not None else None
    wanted = (retention.id if retention is not None else "", archived_on, ends_on)
    if found is None or (found.retention, found.archived_on, found.ends_on) != wanted:
        found = own_volume(uow, record, is_new=is_new)
        found.retention, found.archived_on, found.ends_on = wanted
