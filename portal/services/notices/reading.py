"""A person's unread changes, each with its record as the person may see it now, and marking them as read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.persistence import scope
from portal.persistence.models import Notice, Record

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST = 100


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One change; ``record`` is None where the person may not open it, or where there is none any more."""

    id: int
    at: dt.datetime
    event: str
    by: str
    etype: str
    record_uid: str
    params: Mapping[str, Any]
    record: Record | None


@dataclass(frozen=True, slots=True)
class Unread:
    """The latest unread changes of a person, and how many there are of them in all."""

    notices: list[NoticeView]
    total: int


def unread(session: Session, limit: int = 10) -> Unread:
    """Return the unread changes of the session's person, the latest first."""
    user_id = scope.access_of(session).user_id
    if user_id is None:
        return Unread([], 0)
    own = (Notice.user_id == user_id, Notice.read_at.is_(None))
    query = select(Notice).where(*own).order_by(Notice.id.desc()).limit(min(max(limit, 1), MOST))
    rows = list(session.scalars(query))
    total = (
        len(rows)
        if len(rows) < limit
        else session.scalar(select(func.count()).select_from(Notice).where(*own))
    )
    uids = {row.record_uid for row in rows}
    found = select(Record).where(Record.uid.in_(uids))
    records = {record.uid: record for record in session.scalars(found)} if uids else {}
    return Unread([_view(row, records.get(row.record_uid)) for row in rows], total or 0)


def mark_read(uow: Work, ids: Collection[int] | None = None) -> int:
    """Mark some of the person's notices as read, all unread ones without ``ids``; return how many were unread."""
    query = update(Notice).where(Notice.user_id == uow.access.user_id, Notice.read_at.is_(None))
    if ids is not None:
        query = query.where(Notice.id.in_(ids))
    done = uow.session.execute(query.values(read_at=uow.now).returning(Notice.id))
    return len(done.all())


def is_own(session: Session, notice: int) -> bool:
    """Tell whether a notice is the session's person's own, read or not."""
    user_id = scope.access_of(session).user_id
    query = select(Notice.id).where(Notice.id == notice, Notice.user_id == user_id)
    return session.scalar(query) is not None


def _view(row: Notice, record: Record | None) -> NoticeView:
    return NoticeView(
        row.id, row.at, row.event, row.by_name, row.etype, row.record_uid, dict(row.params), record
    )
