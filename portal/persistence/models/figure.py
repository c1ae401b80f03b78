"""Figures kept by changes: each act adds one delta, and folding adds it to the figures of each unit above."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Unaudited
from portal.persistence.types import BigId, JsonDoc

_SCOPE = Internal("counts of all units; who asks for one is asked for a role there by services/figures")
_AUDIT = Unaudited("follows from acts on records, which are covered")


class FigureDelta(Model):
    """What one act changed in the figures: a record as it was counted before, and as it is counted now.

    ``month`` is that of the record's registration, as year times 100 plus month. A row lives until it is folded.
    """

    __tablename__ = "figure_delta"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = (Index("ix_figure_delta_type", "etype", "id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    etype: Mapped[str] = mapped_column(String(64))
    month: Mapped[int] = mapped_column(Integer)
    old: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    new: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)


class Figure(Model):
    """How many records of a type a unit owns (or handles) by one value of one axis; ``month`` 0 holds all months."""

    __tablename__ = "figure"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False, "sqlite_with_rowid": False},)

    unit_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    etype: Mapped[str] = mapped_column(String(64), primary_key=True)
    axis: Mapped[str] = mapped_column(String(20), primary_key=True)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(String(140), primary_key=True)
    is_open: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)


class FigureState(Model):
    """Whether the figures hold all records: until they were worked out once, records are counted instead."""

    __tablename__ = "figure_state"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ready: Mapped[bool] = mapped_column(Boolean)
