"""What is said about figures: comments of units beside theirs, and the papers of meetings with figures as they were."""

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
