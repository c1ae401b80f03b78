"""Tasks: what is to be done for a record, by whom, until when, and what became of it."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.types import BigId, UnitPath, UtcDateTime

_OPEN = text("status = 'open'")


class Task(Model):
    """One task of a record: one of the pack's, or words of a person; they are encrypted under the record's key.

    It lies at a unit, there for everybody, for a role or for a person. ``place`` says how that unit is found when the
    record is handed on: the one that owns the record, the one that handles it, or the one that was named. Its day
    follows from the pack's task unless a person set it.
    """

    __tablename__ = "task"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (
        Index("ix_task_owner", "owner_id", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_task_unit", "unit_path", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        {"extend_existing": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Counted within the record.
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    etype: Mapped[str] = mapped_column(String(64))
    # The task of the pack; empty for one in words of its own.
    task: Mapped[str] = mapped_column(String(64), server_default="", default="")
    words: Mapped[str] = mapped_column(Text, server_default="", default="")
    place: Mapped[str] = mapped_column(String(10))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    role: Mapped[str] = mapped_column(String(64), server_default="", default="")
    # The account of the person; none while it is everybody's of the unit, or of the role there.
    owner_id: Mapped[int | None] = mapped_column(Integer)
    owner_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    # A person set the day: it moves no more by itself.
    due_set: Mapped[bool] = mapped_column(Boolean, default=False)
    # The day of the event after which its day is counted.
    counted_from: Mapped[dt.date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    # The step or the rule that it comes from.
    source_name: Mapped[str] = mapped_column(String(64), server_default="", default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # The account that gave it, to be told when it is done.
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    settled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    settled_by_name: Mapped[str] = mapped_column(String(130), server_default="", default="")
    settled_words: Mapped[str] = mapped_column(Text, server_default="", default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012
