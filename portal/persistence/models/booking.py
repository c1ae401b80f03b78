"""Bookings: rooms and people that are taken for a while by a record, such as a session."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.types import BigId, UtcDateTime


class Booking(Model):
    """One thing that a record has booked, from a moment until another; the end itself is free again.

    ``thing`` names a room of a centre or a record, such as a mediator.
    """

    __tablename__ = "booking"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (Index("ix_booking_thing", "thing", "starts_at"), {"extend_existing": False})

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    thing: Mapped[str] = mapped_column(String(120), primary_key=True)
    starts_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
