"""What changed for a person: one row for each message of the outbox and each account that is told of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Own, Unaudited
from portal.persistence.types import BigId, JsonDoc, UtcDateTime

_UNREAD = text("read_at IS NULL")


class Notice(Model):
    """One change that an account is told of; it names the record and holds nothing of what is in it."""

    __tablename__ = "notice"
    __scope__ = Own("user_id")
    __audit__ = Unaudited("what a notice tells of has an entry")
    __table_args__ = (
        UniqueConstraint("outbox_id", "user_id", name="uq_notice"),
        Index("ix_notice_unread", "user_id", "id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
        Index("ix_notice_record", "record_uid"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(Integer)
    # The message that it tells of: each account is told of it once.
    outbox_id: Mapped[int] = mapped_column(BigId)
    record_uid: Mapped[str] = mapped_column(String(32))
    etype: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(40))
    by_name: Mapped[str] = mapped_column(String(130), default="")
    params: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
