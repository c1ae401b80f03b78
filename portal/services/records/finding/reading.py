"""Read records and their history, within the scope of the session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.errors import InvalidInput, msg
from portal.persistence.models import Record, RecordEvent
from portal.persistence.scope import access_of, owned, subtree
from portal.services.figures.answers import GROUPS as FIGURES
from portal.services.figures.answers import kept_counts, kept_pairs
from portal.services.records.acts.loading import load
from portal.services.records.entering.columns import CHANNEL
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.privacy.disclosure import closed_columns
from portal.services.records.privacy.record_encryption import opened_events

if TYPE_CHECKING:
    from portal.services.bundles import Bundle
    from portal.services.portal import Portal

GROUPS: Mapping[str, Any] = {name: column for name, (_, column) in FIGURES.items()} | {
    "centre": Record.centre_id
}
# Those whose values mean something to others than the portal itself.
COUNTED_BY = tuple(group for group in GROUPS if group not in ("unit", "centre"))

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
    second: str | None = None,
    *,
    under: str | None = None,
    open_only: bool = False,
) -> dict[Any, int]:
    """Return how many visible records there are by a group, or by pairs of two groups."""
    groups = (group,) if second is None else (group, second)
    for one in groups:
        if one not in GROUPS:
            raise _not_counted(one)
    kept = (
        kept_counts(session, etype, group, under, open_only=open_only)
        if second is None
        else kept_pairs(session, etype, group, second, under, open_only=open_only)
    )
    if kept is not None:
        return kept
    columns = [GROUPS[one] for one in groups]
    query = select(*columns, func.count()).where(Record.etype == etype).group_by(*columns)
    if under:
        query = query.where(subtree(Record.unit_path, (under,)))
    if open_only:
        query = query.where(Record.is_open)
    options = {"scope_action": LIST, "scope_etype": etype}
    rows = session.execute(query, execution_options=options).all()
    return {row[0] if second is None else tuple(row[:-1]): row[-1] for row in rows}


def check_open(bundle: Bundle, session: Session, etype: str, groups: Iterable[str]) -> None:
    """Refuse to count by a field that is masked or hidden for the session's person somewhere."""
    promoted = bundle.entity(etype).promoted
    pointers = {
        "dispute_type": promoted.get("dispute_type"),
        "dispute_class": promoted.get("dispute_type"),
        "channel": f"/{CHANNEL}",
    }
    closed = closed_columns(bundle, access_of(session), etype, LIST)
    for one in groups:
        if pointers.get(one) in closed:
            raise _not_counted(one)


def _not_counted(group: str) -> InvalidInput:
    return InvalidInput("counts.group", msg("Records are not counted by “%(group)s”"), {"group": group})
