"""The files of closed matters: what fills their places, how long each is kept, what holds it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.types import BigId, JsonDoc, UtcDateTime


class Volume(Model):
    """The file of one record; it has days only while the record is archived.

    What fills its places, and why it is held, is encrypted under the record's key.
    """

    __tablename__ = "volume"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (
        Index("ix_volume_ends", "etype", "ends_on", "record_id"),
        {"extend_existing": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    etype: Mapped[str] = mapped_column(String(64))
    # {document: {"file": uid} or {"why": text}}
    placed: Mapped[Any] = mapped_column(JsonDoc, default=dict)
    # The class in which it is kept, and whether a person chose it: then it follows the record no more.
    retention: Mapped[str] = mapped_column(String(64), server_default="", default="")
    chosen: Mapped[bool] = mapped_column(Boolean, default=False)
    archived_on: Mapped[dt.date | None] = mapped_column(Date)
    # The last day on which it is kept; none while it is not archived, or where it is kept for good.
    ends_on: Mapped[dt.date | None] = mapped_column(Date)
    held: Mapped[bool] = mapped_column(Boolean, default=False)
    hold_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    hold_by_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    hold_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012
