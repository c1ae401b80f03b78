"""Read records and their history, within the scope of the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.errors import InvalidInput, msg
from portal.persistence.models import Record, RecordEvent
from portal.persistence.scope import owned, subtree
from portal.services.figures.answers import kept_counts
from portal.services.records.acts.loading import load
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.privacy.record_encryption import opened_events

if TYPE_CHECKING:
    from portal.services.portal import Portal

GROUPS: Mapping[str, Any] = {
    "stage": Record.stage,
    "canonical_stage": Record.canonical_stage,
    "dispute_type": Record.dispute_type,
    "unit": Record.unit_id,
    "centre": Record.centre_id,
    "is_open": Record.is_open,
}


_HISTORY = owned(RecordEvent, RecordEvent.id.desc())


def get(session: Session, etype: str, uid: str) -> Record:
    """Return a record; NotFound for one that is missing or out of scope alike."""
    return load(session, uid, etype)


def get_any(session: Session, uid: str) -> Record:
    """Return a record of whatever type; NotFound for one that is missing or out of scope alike."""
    return load(session, uid)


def history(portal: Portal, session: Session, record: Record) -> list[RecordEvent]:
    """Return the history of a record, the latest first."""
    return opened_events(portal.keys, record, rows_of(session, record, _HISTORY))


def counts(
    portal: Portal,
    session: Session,
    etype: str,
    group: str = "stage",
    *,
    under: str | None = None,
    open_only: bool = False,
) -> dict[Any, int]:
    """Return how many visible records there are by stage, type, unit or centre."""
    if group not in GROUPS:
        raise InvalidInput("counts.group", msg("Records are not counted by “%(group)s”"), {"group": group})
    kept = kept_counts(session, etype, group, under, open_only=open_only)
    if kept is not None:
        return kept
    column = GROUPS[group]
    query = select(column, func.count()).where(Record.etype == etype).group_by(column)
    if under:
        query = query.where(subtree(Record.unit_path, (under,)))
    if open_only:
        query = query.where(Record.is_open)
    options = {"scope_action": LIST, "scope_etype": etype}
    return dict(session.execute(query, execution_options=options).all())
