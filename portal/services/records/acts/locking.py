"""Locked records: what stands in a locked stage is changed by steps and approved corrections alone, with its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.acts import Act, for_another
from portal.core.errors import Conflict, msg
from portal.core.lifecycle import Lifecycle
from portal.core.referrals import ANSWERS, event_of
from portal.core.table import derived
from portal.persistence import scope
from portal.persistence.models import Record
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

_WHOLE = select(Record.etype, Record.stage, Record.release_id).where(Record.id == bindparam("id"))


def lock_of(portal: Portal, session: Session, record: Record, *, new: bool = False) -> Lifecycle | None:
    """Return the lifecycle that locks a record, its own or that of the record it is part of; None where none does.

    A ``new`` record is locked by its whole alone: nothing has been entered of it yet.
    """
    own = None if new else _locking(portal, session, record.etype, record.stage, record.release_id)
    if own is not None or record.parent_id is None:
        return own
    with scope.as_system(session, "a part is locked with its whole, also for those who may not see that"):
        whole = session.execute(_WHOLE, {"id": record.parent_id}).one_or_none()
    return _locking(portal, session, *whole) if whole is not None else None


def is_locked(portal: Portal, session: Session, record: Record) -> bool:
    """Return whether a record is locked."""
    return lock_of(portal, session, record) is not None


def is_stopped(portal: Portal, session: Session, record: Record, act: Act, *, new: bool = False) -> bool:
    """Return whether a lock stops an act: not the answer to a referral by which a step leads on from the stage."""
    if not act.stopped_by_lock:
        return False
    cycle = lock_of(portal, session, record, new=new)
    if cycle is None:
        return False
    event = _performing().get(act.name)
    return not any(
        step.on == event and cycle.leads_from(step, record.stage or "")
        for step in cycle.transitions
        if event is not None and cycle.locks(record.stage)
    )


@derived
def _performing() -> Mapping[str, str]:
    """Return the event that performs a step, by the name of the act that answers a referral."""
    return {
        name: event_of(one.to)
        for one in ANSWERS.values()
        for name in (event_of(one.name), for_another(one.name))
    }


def require_unlocked(uow: Work, record: Record, act: Act, *, new: bool = False) -> None:
    """Raise Conflict where a lock stops an act on a record."""
    if is_stopped(uow.portal, uow.session, record, act, new=new):
        raise locked()


def locked() -> Conflict:
    """Return the refusal of an act on a locked record."""
    return Conflict(
        "record.locked",
        msg("This is closed and can no longer be changed. Ask for a correction, or have it taken up again."),
    )


def _locking(
    portal: Portal, session: Session, etype: str, stage: str | None, release: int
) -> Lifecycle | None:
    cycle = pinned(portal, session, release).lifecycle_of(etype) if stage is not None else None
    return cycle if cycle is not None and cycle.locks(stage) else None
