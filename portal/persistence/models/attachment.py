"""Files that belong to records."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.models.record import Record
from portal.persistence.types import BigId, UtcDateTime


class Attachment(Model):
    """A file, kept in the database so that one backup holds everything.

    A file is uploaded while its record is still being typed: until then ``record_id`` is empty and only the
    person who uploaded it sees it.
    """

    __tablename__ = "attachment"
    __scope__ = OfRecord(waiting="created_by")
    __audit__ = Audited("record", "record_id", alone="attachment")
    __table_args__ = (
        Index("ix_attachment_record", "record_id"),
        Index("ix_attachment_maker", "created_by", "created_at"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")

    record: Mapped[Record | None] = relationship(lazy="raise")
