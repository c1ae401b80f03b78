"""Papers that were issued about records: their numbers, what they state, to whom they went, and their signed scans."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class Paper(Model):
    """One paper of a record: its number never comes back, also where the paper is void.

    What it states is kept in words, encrypted under the record's key; the file is made from that and the template.
    """

    __tablename__ = "paper"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (
        # Numbers of a centre's series in a period: none twice. A paper without a number has none here.
        Index("uq_paper_number", "centre_id", "series", "period", "seq", unique=True),
        {"extend_existing": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Counted within the record.
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    etype: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(100), server_default="", default="")
    centre_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    series: Mapped[str] = mapped_column(String(64), server_default="", default="")
    period: Mapped[str] = mapped_column(String(10), server_default="", default="")
    seq: Mapped[int | None] = mapped_column(Integer)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    # The template by its content; empty where the paper is printed plainly.
    template: Mapped[str] = mapped_column(String(64), server_default="", default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    said: Mapped[Any] = mapped_column(JsonDoc, default=dict)
    issued_on: Mapped[dt.date] = mapped_column(Date)
    issued_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[int | None] = mapped_column(Integer)
    issued_by_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    status: Mapped[str] = mapped_column(String(10))
    void_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    void_by_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    void_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    # To whom it was given, how and when: a list, encrypted.
    served: Mapped[Any] = mapped_column(JsonDoc, default=list)
    scan: Mapped[str] = mapped_column(String(32), server_default="", default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012
