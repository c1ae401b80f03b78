"""What is said about figures: comments of units, papers of meetings with figures as they were, boards to take out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import AtUnit, Audited
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class FigureComment(Model):
    """What a unit says about one of its figures in a month; it stands beside it."""

    __tablename__ = "figure_comment"
    __scope__ = AtUnit("board")
    __audit__ = Audited("figure_comment", "uid")
    __table_args__ = (Index("ix_figure_comment_month", "month", "unit_path"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int] = mapped_column(Integer)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    month: Mapped[int] = mapped_column(Integer)
    indicator: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(130))


class Meeting(Model):
    """A meeting with what was laid before it: frozen figures, matters that were chosen, what was decided."""

    __tablename__ = "meeting"
    __scope__ = AtUnit("board")
    __audit__ = Audited("meeting", "uid")
    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "first_on", name="uq_meeting"),
        Index("ix_meeting_unit", "unit_path", "first_on"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int] = mapped_column(Integer)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    kind: Mapped[str] = mapped_column(String(64))
    release_id: Mapped[int] = mapped_column(Integer)
    # Within its kind and year.
    number: Mapped[int] = mapped_column(Integer)
    year: Mapped[int] = mapped_column(Integer)
    first_on: Mapped[str] = mapped_column(String(10))
    last_on: Mapped[str] = mapped_column(String(10))
    cut_off: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    # [{"text", "unit", "unit_name", "due_on", "task", "by", "at"}]
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc)
    version: Mapped[int] = mapped_column(Integer, default=1)


class BoardExport(Model):
    """A board that a person asks to take out where a second person has to agree: what, why, and who decided."""

    __tablename__ = "board_export"
    __scope__ = AtUnit("board")
    __audit__ = Audited("board_export", "uid")
    __table_args__ = (Index("ix_board_export_unit", "unit_path", "asked_at"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int] = mapped_column(Integer)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    # The first month, how long, and the column beside the usual ones, as addresses write them.
    month: Mapped[str] = mapped_column(String(7))
    span: Mapped[str] = mapped_column(String(8))
    also: Mapped[str] = mapped_column(String(64))
    form: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(Integer)
    asked_by_name: Mapped[str] = mapped_column(String(130))
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Integer)
    decided_by_name: Mapped[str] = mapped_column(String(130), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
