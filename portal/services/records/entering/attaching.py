"""Files of records."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from portal.core import pointer as pointers
from portal.core.acts import ATTACH, REMOVE
from portal.core.errors import NotFound, TooMany, msg
from portal.core.files import check, safe_name
from portal.persistence.models import Attachment, Record
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform
from portal.services.records.finding.rows_of_record import rows_of

if TYPE_CHECKING:
    from portal.services.portal import Work

# So long a file waits for the record that its uploader is typing.
WAITS = dt.timedelta(days=7)
# What of one person may wait at the same time: several long forms with photographs.
MOST_FILES, MOST_BYTES = 40, 200 * 1024 * 1024
# What of it may come within a minute: as many files as one form takes.
MOST_A_MINUTE, MINUTE = 20, dt.timedelta(minutes=1)
# What one person may upload within an hour, also where records adopt it: taking a file out again makes no room.
MOST_AN_HOUR, BYTES_AN_HOUR, HOUR = 300, 1024 * 1024 * 1024, dt.timedelta(hours=1)
_OF_RECORD = owned(Attachment, Attachment.id)


def attach(uow: Work, uid: str | None, name: str, media_type: str, content: bytes) -> Attachment:
    """Keep a file for a record; without ``uid`` it waits for the record its uploader is typing."""
    check(name, content)
    made = Attachment(
        uid=uuid.uuid4().hex,
        name=safe_name(name),
        media_type=media_type[:100] or "application/octet-stream",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        created_at=uow.now,
        created_by=uow.access.user_id,
        created_by_name=uow.access.name,
    )
    said = {"file": made.name, "size": made.size, "sha256": made.sha256}
    if not uid:
        uow.need_room()
        _need_place(uow, len(content))
        uow.add(made)
        uow.session.flush()
        uow.audit(
            ATTACH.action, made, kind="attachment", object_id=made.uid, unit_path=_path(uow), after=said
        )
        return made
    record = load(uow.session, uid)
    with perform(uow, ATTACH, record) as act:
        made.record = record
        uow.add(made)
        act.touch()
        act.history(data=said)
        act.audit(after=said)
    return made


def _need_place(uow: Work, size: int) -> None:
    """Raise TooMany where too much of this person waits already."""
    person = uow.access.user_id
    if person is None:
        return
    if uow.portal.database.dialect == "postgresql":
        # Of uploads at the same time each counts the others; SQLite's writers wait for one another anyway.
        uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("waiting files"), person)))
    of_hers = select(func.count(), func.sum(Attachment.size), func.min(Attachment.created_at)).where(
        Attachment.created_by == person
    )
    query = of_hers.where(Attachment.record_id.is_(None))
    lately, _bytes, first = uow.session.execute(query.where(Attachment.created_at > uow.now - MINUTE)).one()
    if lately >= MOST_A_MINUTE:
        text = msg("%(count)s files of yours came within a minute. Save the form, or go on in a minute.")
        raise _too_fast(text, lately, first + MINUTE - uow.now)
    lately, total, first = uow.session.execute(of_hers.where(Attachment.created_at > uow.now - HOUR)).one()
    if lately >= MOST_AN_HOUR or (total or 0) + size > BYTES_AN_HOUR:
        text = msg(
            "%(count)s files of yours came within an hour, which is the most that may come. Go on later."
        )
        raise _too_fast(text, lately, (first or uow.now) + HOUR - uow.now)
    count, total, oldest = uow.session.execute(query).one()
    if count < MOST_FILES and (total or 0) + size <= MOST_BYTES:
        return
    until = (oldest or uow.now) + WAITS - uow.now
    raise TooMany(
        "file.waiting",
        msg(
            "%(count)s files of yours belong to no record yet. Save the forms they were chosen for, then go on."
        ),
        {"count": count},
        retry_after=int(until.total_seconds()),
    )


def _too_fast(text: str, count: int, until: dt.timedelta) -> TooMany:
    return TooMany("file.fast", text, {"count": count}, retry_after=max(1, int(until.total_seconds())))


def adopt(uow: Work, record: Record, uids: Iterable[str]) -> None:
    """Give waiting files of this person to a record; those that it has already stay its own."""
    for uid in dict.fromkeys(uids):
        found = uow.session.scalar(select(Attachment).where(Attachment.uid == uid))
        if found is not None and found.record_id is not None and found.record_id == record.id:
            continue
        if found is None or found.record_id is not None or found.created_by != uow.access.user_id:
            raise NotFound("file.unknown", msg("There is no such file"))
        found.record = record


def files_named(bundle: Bundle, form_id: str, data: Any) -> tuple[str, ...]:
    """Return the identifiers of the files that the answers of a form name."""
    fields = (one.pointer for one in bundle.fields(form_id).values() if one.widget == "file")
    found = (value for where in fields for value in pointers.values(data, where))
    each = (one for value in found for one in (value if isinstance(value, list) else (value,)))
    return tuple(one for one in each if isinstance(one, str))


def forgotten(uow: Work, limit: int) -> list[str]:
    """Return files that were uploaded for a record that nobody entered within ``WAITS``; locked for this worker."""
    old = (Attachment.record_id.is_(None), Attachment.created_at < uow.now - WAITS)
    query = select(Attachment.uid).where(*old).order_by(Attachment.id).limit(limit)
    return list(uow.session.scalars(query.with_for_update(skip_locked=True)))


def forget(uow: Work, uid: str) -> None:
    """Remove a file that waits for no record any more."""
    found = uow.session.scalars(select(Attachment).where(Attachment.uid == uid)).one()
    uow.session.delete(found)
    uow.session.flush()
    before = {"size": found.size, "sha256": found.sha256}
    uow.audit(REMOVE.action, found, kind="attachment", object_id=uid, before=before)


def attachments_of(session: Session, record: Record) -> list[Attachment]:
    """Return the files of a record, without their content."""
    return rows_of(session, record, _OF_RECORD)


def attachment(session: Session, uid: str, record: Record | None = None) -> Attachment:
    """Return a file with its content, if the record it belongs to is visible."""
    query = select(Attachment).where(Attachment.uid == uid).options(undefer(Attachment.content))
    if record is not None:
        query = query.where(Attachment.record_id == record.id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("file.unknown", msg("There is no such file"))
    return found


def _path(uow: Work) -> str:
    held = uow.access.memberships
    return held[0][1] if held else "/"
