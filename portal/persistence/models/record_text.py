"""By what words a record is found: the texts of its open fields, as pairs of letters."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import OfRecord, Unaudited
from portal.persistence.types import BigId


class RecordText(Model):
    """The text of one field of one record; fields that are personal or sensitive have no row.

    What finds the rows is made by the migration: an index of the words on PostgreSQL, a table of FTS5 with its
    triggers on SQLite.
    """

    __tablename__ = "record_text"
    __scope__ = OfRecord()
    __audit__ = Unaudited("follows from the data of the record, whose changes are covered")
    __table_args__ = (
        UniqueConstraint("record_id", "pointer", name="uq_record_text"),
        Index("ix_record_text_field", "etype", "pointer"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(BigId, ForeignKey("record.id", ondelete="CASCADE"))
    etype: Mapped[str] = mapped_column(String(64))
    pointer: Mapped[str] = mapped_column(String(200))
    grams: Mapped[str] = mapped_column(Text)
