"""That one record came of another, or is about the same matter."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.types import BigId, UtcDateTime


class RecordLink(Model):
    """A link between two records that a person made: what sort, from which to which, by whom and when.

    Those who see either end know that there is a link; what stands at the other end they read by their own scope.
    """

    __tablename__ = "record_link"
    __scope__ = OfRecord("from_id", other="to_id")
    __audit__ = Audited("record", "from_id")
    __table_args__ = (
        UniqueConstraint("from_id", "to_id", name="uq_record_link"),
        Index("ix_record_link_to", "to_id", "id"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    from_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    to_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    by_name: Mapped[str] = mapped_column(String(130), default="")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
