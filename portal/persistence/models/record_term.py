"""By what the people of a record are found: keyed digests, never the names and numbers themselves."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import OfRecord, Unaudited
from portal.persistence.types import BigId


class RecordTerm(Model):
    """One digest of a name, phone or identity number in one record."""

    __tablename__ = "record_term"
    __scope__ = OfRecord()
    __audit__ = Unaudited("follows from the record's data, whose change has an entry")
    __table_args__ = (Index("ix_record_term", "digest", "record_id"), {"extend_existing": False})

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
