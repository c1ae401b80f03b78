"""Lists of volumes whose time is over: proposed by one person, approved by another, and kept as a register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import AtUnit, Audited, Unaudited
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class Destruction(Model):
    """One list of volumes that are to be destroyed, from its proposal on; nothing in it names a party."""

    __tablename__ = "destruction"
    __scope__ = AtUnit("retention")
    __audit__ = Audited("destruction", "uid")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    number: Mapped[str] = mapped_column(String(100))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    # proposed, approved, done; refused or withdrawn.
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[int | None] = mapped_column(Integer)
    proposed_by_name: Mapped[str] = mapped_column(String(130), default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_by_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    decision: Mapped[str] = mapped_column(Text, server_default="", default="")
    job_id: Mapped[int | None] = mapped_column(BigId)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class DestructionItem(Model):
    """One volume of a list, and what became of it: all that stays of it beside its sealed entries."""

    __tablename__ = "destruction_item"
    __scope__ = AtUnit("retention")
    __audit__ = Unaudited("the entries of its list and of its record say the same")
    __table_args__ = (
        Index("ix_destruction_item_record", "record_uid"),
        {"extend_existing": False},
    )

    destruction_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("destruction.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    record_uid: Mapped[str] = mapped_column(String(32))
    etype: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(80), server_default="", default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    # The class in the words of its day: a later release may call it otherwise.
    retention: Mapped[str] = mapped_column(String(64))
    retention_title: Mapped[str] = mapped_column(String(200))
    archived_on: Mapped[dt.date] = mapped_column(Date)
    ends_on: Mapped[dt.date] = mapped_column(Date)
    # waiting, destroyed, kept (with the reason).
    state: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(40), server_default="", default="")
    at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # How the matter was counted: month, type, channel, route, grade; nothing of whom it was about.
    counted: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
