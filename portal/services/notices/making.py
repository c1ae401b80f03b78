"""Turn a message of the outbox into notices: one for each account that it concerns, once however often it is read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.messages import TOPICS, read
from portal.persistence.models import Notice
from portal.services.notices.recipients import recipients

if TYPE_CHECKING:
    from portal.services.jobs.outbox import Message as Waiting
    from portal.services.portal import Work

# What rules say each time they are asked about a record.
CALLED = "rules.notify"
# What the words of a notice need beside who acted: identifiers, no value of a record.
KEPT = ("unit", "lead", "rules", "referral", "count")


def make(uow: Work, waiting: Waiting) -> int:
    """Add the notices of a message; return how many there are now that were not there before."""
    topic = TOPICS.get(waiting.topic)
    if topic is None or not topic.words:
        return 0
    message = read(waiting.topic, waiting.payload)
    said = asdict(message)
    shared: dict[str, Any] = {
        "outbox_id": waiting.id,
        "record_uid": message.record,
        "etype": message.etype,
        "event": waiting.topic,
        "by_name": message.by,
        "params": {name: said[name] for name in KEPT if name in said},
        "at": waiting.at,
    }
    wanted = recipients(uow, waiting.topic, message)
    if waiting.topic == CALLED and shared["params"].get("rules"):
        told = _told(uow, shared, wanted)
        wanted = [user for user in wanted if user not in told]
    rows = [{**shared, "user_id": user} for user in wanted]
    if not rows:
        return 0
    insert = postgresql.insert if uow.portal.database.dialect == "postgresql" else sqlite.insert
    made = insert(Notice.__table__).values(rows).on_conflict_do_nothing()
    return len(uow.session.execute(made.returning(Notice.__table__.c.id)).all())


def _told(uow: Work, shared: dict[str, Any], users: list[int]) -> set[int]:
    """Return those who have that call of the same rules to the same record unread: each decision makes it anew."""
    same = select(Notice.user_id, Notice.params).where(
        Notice.user_id.in_(users),
        Notice.read_at.is_(None),
        Notice.record_uid == shared["record_uid"],
        Notice.event == shared["event"],
        Notice.outbox_id != shared["outbox_id"],
    )
    return (
        {user for user, params in uow.session.execute(same) if params == shared["params"]} if users else set()
    )
