"""The reader of the outbox: each message of its topics, in the order in which they were stored, at least once.

What a reader stores in the database is stored exactly once: reading a message and marking it are one transaction.
What leaves the portal (a text message, a call of another system) may be sent twice when a worker dies just after
sending; ``Message.key`` is the same each time, for systems that know such keys. A reader that sends out of the portal
says ``batch = 1``, so that the failure of one message takes back no mark of another.

A message that fails is tried again after a pause, and lets later ones pass; after ``ATTEMPTS`` it is given up, with
the reason beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import or_, select, update

from portal.persistence.models import OutboxMessage
from portal.services.jobs.catalogue import pause
from portal.services.jobs.running import words_of
from portal.services.jobs.sweep import Sweep
from portal.services.portal import Work

_ROW = OutboxMessage.__table__.c
ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the outbox."""

    id: int
    at: dt.datetime
    topic: str
    payload: Mapping[str, Any]
    attempts: int

    @property
    def key(self) -> str:
        """Return what tells a repeated sending from a new one."""
        return f"outbox-{self.id}"


class OutboxSweep(Sweep[Message]):
    """A reader of the outbox. ``send`` does what a message asks for."""

    # None for all topics that there are.
    topics: ClassVar[frozenset[str] | None] = None

    def send(self, uow: Work, message: Message) -> None:
        """Do what a message asks for; what is written through ``uow`` is stored with the mark that it was sent."""
        raise NotImplementedError

    def claim(self, uow: Work, limit: int) -> Sequence[Message]:
        """Return the messages that wait, oldest first."""
        waits = [_ROW.sent_at.is_(None), _ROW.given_up_at.is_(None)]
        waits.append(or_(_ROW.retry_at.is_(None), _ROW.retry_at <= uow.now))
        if self.topics is not None:
            waits.append(_ROW.topic.in_(sorted(self.topics)))
        query = select(_ROW.id, _ROW.at, _ROW.topic, _ROW.payload, _ROW.attempts).where(*waits)
        query = query.order_by(_ROW.id).limit(limit).with_for_update(skip_locked=True)
        return [Message(*row) for row in uow.session.execute(query)]

    def effect(self, uow: Work, item: Message) -> None:
        """Send one message and mark it."""
        self.send(uow, item)
        sent = {"sent_at": uow.now, "attempts": item.attempts + 1, "error": ""}
        uow.session.execute(update(OutboxMessage.__table__).where(_ROW.id == item.id).values(sent))

    def failed(self, uow: Work, item: Message, error: Exception) -> None:
        """Let the message wait for a while, or give it up with the reason."""
        attempts = item.attempts + 1
        values: dict[str, Any] = {"attempts": attempts, "error": words_of(error)}
        if attempts >= ATTEMPTS:
            values["given_up_at"] = uow.now
        else:
            values["retry_at"] = uow.now + pause(attempts)
        uow.session.execute(update(OutboxMessage.__table__).where(_ROW.id == item.id).values(values))
