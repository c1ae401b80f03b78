"""Bring a record up to date with what its source says now; what was changed here is never overwritten, but shown.

Facts are taken over where the record still holds those that came; the stage where nothing else was done with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import Access
from portal.core.acts import REFRESH
from portal.core.errors import InvalidInput
from portal.persistence.models import Record, RecordSource
from portal.services.bundles import Bundle
from portal.services.importing.entering import said_by_source, since_of, stage_named
from portal.services.importing.finding import Setting
from portal.services.importing.reading import Understood, told_by_source
from portal.services.importing.starting import touched
from portal.services.records.acts.performing import perform
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.checking import check
from portal.services.records.entering.indexing import index_record
from portal.services.records.privacy.encryption import opened
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Work

# What became of a row that says something else than before.
REFRESHED, OFFERED = "refreshed", "offered"


def refresh(uow: Work, setting: Setting, one: Understood, person: Access) -> str:
    """Take over what a row says now, or keep it beside the record; return which.

    It is kept beside a record whose facts were changed here, whose release has no place for it, or which the ``person``
    who imports may not change where it lies by now.
    """
    if one.record is None or one.source is None:
        raise ValueError("a row of which no record came before")
    record, source = one.record, one.source
    uow.session.refresh(record, with_for_update=True)
    keys, bundle = uow.portal.keys, pinned(uow.portal, uow.session, record.release_id)
    clear = opened(keys, bundle, record.etype, record.uid, record.data)
    mine = (
        # Where everything was taken over that the source said last, or it says what stands here, the record follows it.
        (
            clear != one.data
            and all(clear != told_by_source(keys, record, said)["data"] for said in _said(source))
        )
        or not person.allows(record.etype, REFRESH.needs, record.unit_path, record.handler_path)
        or not _fits(uow, setting, bundle, one)
    )
    told = {"source": setting.source.name, "number": source.number}
    before: dict[str, Any] | None = None
    after: dict[str, Any] = dict(told)
    with perform(uow, REFRESH, record) as act:
        if mine:
            source.offered = said_by_source(uow, record, one)
            act.touch()
        else:
            act.over = not record.is_open
            before = {"data": record.data}
            set_data(keys, bundle, record, one.data)
            index_record(uow.session, keys, bundle, record, record.data)
            _move(uow, setting, record, one)
            source.taken, source.offered = said_by_source(uow, record, one), None
            source.closed_on = one.row.closed_on
            after["data"] = record.data
        act.history("refresh", data={**told, "kept": mine})
        act.audit(before=before, after=after)
    return OFFERED if mine else REFRESHED


def _said(source: RecordSource) -> list[dict[str, Any]]:
    """Return what the source said of a record: when it was taken over, and last."""
    return [said for said in (source.taken, source.offered) if said is not None]


def _fits(uow: Work, setting: Setting, bundle: Bundle, one: Understood) -> bool:
    """Tell whether the release of the record takes the data that the release in force takes."""
    if bundle.release_id == setting.bundle.release_id:
        return True
    try:
        return check(uow, bundle, setting.source.etype, one.row.data).data == one.data
    except InvalidInput:
        return False


def _move(uow: Work, setting: Setting, record: Record, one: Understood) -> None:
    """Bring a record into the stage that the source says, where nothing else was done with it here."""
    stage = stage_named(setting.bundle.lifecycle_of(record.etype), one.row.stage)
    if stage is None or stage.id == record.stage or one.row.registered is None:
        return
    if uow.session.scalar(select(Record.id).where(Record.id == record.id, touched())) is not None:
        return
    record.stage, record.canonical_stage, record.is_open = stage.id, stage.canonical, not stage.final
    record.stage_since = since_of(one.row.registered, one.row.closed_on)
