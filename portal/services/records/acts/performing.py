"""Perform an act on a record: rights and version before, a new version and every concern after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from portal.core.access import Access, Origin
from portal.core.acts import Act
from portal.core.events import Happening
from portal.persistence.models import Record
from portal.services.records.acts.concerns import CONCERNS
from portal.services.records.acts.loading import check_version
from portal.services.records.acts.locking import require_unlocked
from portal.services.records.acts.looked import Looking, Read
from portal.services.records.acts.performed import Performed, Snapshot
from portal.services.records.acts.versions import flush, save

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

Paths = Sequence[str | None]


@contextmanager
def perform(
    uow: Work, act: Act, record: Record, *, version: int | None = None, at: Paths | None = None
) -> Iterator[Performed]:
    """Perform an act: the body changes the record and says what happened, the concerns write it all.

    Before the body: Forbidden unless the person may do what the act needs at one of the units ``at`` (by default the
    record's own and its handler's), Conflict where the record is locked against it, and unless it still is the
    ``version`` that the person saw. After it:
    a record that was changed becomes a new version, it is stored, and each of ``CONCERNS`` does its part in the same
    transaction. When the body raises, no concern runs.
    """
    performed = begin(uow, act, record, at)
    if version is not None:
        check_version(record, version)
    yield performed
    if not performed.cancelled:
        _finish(performed)


def begin(uow: Work, act: Act, record: Record, at: Paths | None = None) -> Performed:
    """Return an act that may be done, for work that settles many of them together."""
    if act.needs:
        uow.access.require(
            record.etype, act.needs, *((record.unit_path, record.handler_path) if at is None else at)
        )
    stored: bool = inspect(record).persistent
    require_unlocked(uow, record, act, new=not stored)
    return Performed(uow, act, record, Snapshot.of(record) if stored else None)


def settle(performed: Performed) -> None:
    """Let each concern do its part for an act whose record is stored; what they add is written by the next flush."""
    prepare(performed)
    for concern in CONCERNS.values():
        if not performed.act.reads or concern.looked is not None:
            concern.settle(performed)


def look(portal: Portal, access: Access, origin: Origin, reads: Sequence[Read]) -> bool:
    """Let each concern note what one request only read; return whether the audit log took it."""
    looking = Looking(portal, access, origin, reads)
    for concern in CONCERNS.values() if reads else ():
        if concern.looked is not None:
            concern.looked(looking)
    return looking.noted


def prepare(performed: Performed) -> None:
    """Let each concern work out what the record has to say of it, once, before the record is stored."""
    if performed.prepared:
        return
    performed.prepared = True
    performed.happenings += _stages(performed)
    for concern in CONCERNS.values():
        if concern.prepare is not None and not performed.act.reads:
            concern.prepare(performed)


def _finish(performed: Performed) -> None:
    uow, record = performed.uow, performed.record
    if performed.gone:
        # A full disk takes no new row, but lets one be removed.
        write = flush
    else:
        write = save
        prepare(performed)
        if performed.before is not None and uow.session.is_modified(record):
            performed.touch()
    write(uow)
    settle(performed)
    write(uow)
    uow.session.flush()  # the rows that were only added wait until here, so that they are written together


def _stages(performed: Performed) -> Iterator[Happening]:
    """Yield that the act happened, and the stages that the record left and came into by it."""
    act, before, record = performed.act, performed.before, performed.record
    if act.reads:
        return
    yield Happening("act", act.name)
    old, new = before.stage if before is not None else None, None if performed.gone else record.stage
    if old == new:
        return
    if old is not None:
        yield Happening("leave", old)
    if new is not None:
        yield Happening("enter", new)
