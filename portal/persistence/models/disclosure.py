"""Who had a record's personal data shown, why, and for how long."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Own
from portal.persistence.types import BigId, UtcDateTime


class Disclosure(Model):
    """One record that one person sees unmasked until a moment; its audit entry is written with it."""

    __tablename__ = "disclosure"
    __scope__ = Own()
    __audit__ = Audited("disclosure")
    __table_args__ = (Index("ix_disclosure", "user_id", "record_id", "until"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(Integer)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    until: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500))
