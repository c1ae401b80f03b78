"""Typed values of declared fields that have no column of ``record``, and how far older records have theirs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Date, Float, ForeignKey, Index, Integer, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Managed, OfRecord, Unaudited
from portal.persistence.types import BigId, UtcDateTime


def _ordered(column: str) -> Index:
    """Return an index that serves equality, range and order of one kind of value."""
    there: Any = sql(f"{column} IS NOT NULL")
    name, columns = f"ix_record_value_{column}", ("etype", "pointer", column, "record_id")
    return Index(name, *columns, sqlite_where=there, postgresql_where=there)


class RecordValue(Model):
    """The value of one declared field of one record; a field without a value has no row."""

    __tablename__ = "record_value"
    __scope__ = OfRecord()
    __audit__ = Unaudited("follows from the data of the record, whose changes are covered")
    __table_args__ = (
        *(_ordered(column) for column in ("text", "number", "day")),
        {"extend_existing": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    pointer: Mapped[str] = mapped_column(String(200), primary_key=True)
    etype: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(String(200))
    number: Mapped[float | None] = mapped_column(Float)
    day: Mapped[dt.date | None] = mapped_column(Date)


class FieldPlaceRow(Model):
    """A declared field that has no column of its own: ``stored`` is the pointer under which its values lie.

    That is its own pointer, or the one it had before it was moved. Rows are only ever added.
    """

    __tablename__ = "field_place"
    __scope__ = Managed("release")
    __audit__ = Unaudited("follows from publishing a release, which is covered")
    __table_args__ = ({"extend_existing": False},)

    etype: Mapped[str] = mapped_column(String(64), primary_key=True)
    pointer: Mapped[str] = mapped_column(String(200), primary_key=True)
    stored: Mapped[str] = mapped_column(String(200))


class FieldFill(Model):
    """How far the older records below a centre have their value of one field that its release declares."""

    __tablename__ = "field_fill"
    __scope__ = Managed("release")
    __audit__ = Unaudited("follows from the data of records, whose changes are covered")
    __table_args__ = ({"extend_existing": False},)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    etype: Mapped[str] = mapped_column(String(64), primary_key=True)
    pointer: Mapped[str] = mapped_column(String(200), primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    position: Mapped[int] = mapped_column(BigId, default=0)
    filled: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
