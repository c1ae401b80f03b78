"""Messages to be sent once the transaction that caused them is stored."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Unaudited
from portal.persistence.types import BigId, JsonDoc, UtcDateTime

_WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class OutboxMessage(Model):
    """One notification; the worker sends it and sets ``sent_at``, or gives it up after too many attempts."""

    __tablename__ = "outbox"
    __scope__ = Internal("messages about records of all units")
    __audit__ = Unaudited("what a message tells of has an entry")
    __table_args__ = (
        Index("ix_outbox_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    # Not tried before this moment again; why the last attempt failed.
    retry_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    given_up_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
