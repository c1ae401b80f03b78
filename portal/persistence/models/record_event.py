"""The history of a record, as its readers see it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.models.record import Record
from portal.persistence.types import BigId, JsonDoc, UtcDateTime


class RecordEvent(Model):
    """One thing that happened to a record: entered, changed, moved to a stage, handed to a unit.

    ``data`` holds the record's data before a change (``base``), so that a lost update can be shown in three
    versions, and what was entered in the form of a transition (``form``).
    """

    __tablename__ = "record_event"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (Index("ix_record_event", "record_id", "id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(64), default="")
    from_stage: Mapped[str | None] = mapped_column(String(64))
    to_stage: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    by_id: Mapped[int | None] = mapped_column(BigId)  # no key: the row outlives the account
    by_name: Mapped[str] = mapped_column(String(130), default="")
    unit_id: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)

    record: Mapped[Record] = relationship(lazy="raise")
