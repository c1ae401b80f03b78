"""Clocks: the periods that run, or ran, for a record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.partial_index import partial_index
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class Clock(Model):
    """One period that runs for a record: facts, and what followed from them when they were last worked out.

    Facts are the period, by what it started and ended, pauses, extensions, the day that a party was told and the
    release by which it is counted; ``state``, ``due_on``, ``due_at``, ``provisional`` and ``earlier_on`` follow from
    them (``core.deadlines.clock``). A clock of a referral is the day by which its unit reports back; one whose
    ``deadline`` is empty was taken over from a time before clocks, with its day.
    """

    __tablename__ = "clock"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (
        partial_index("ix_clock_due", "etype", "whose", "due_on", "record_id", where="state = 'running'"),
        partial_index("ix_clock_provisional", "release_id", "record_id", where="provisional"),
        # What runs at a unit and below it, of one period; and the few that are the party's own.
        partial_index(
            "ix_clock_unit",
            "etype",
            "deadline",
            "unit_path",
            "due_on",
            "record_id",
            where="state = 'running'",
        ),
        partial_index(
            "ix_clock_party",
            "etype",
            "unit_path",
            "due_on",
            "record_id",
            where="state = 'running' AND whose = 'party'",
        ),
        {"extend_existing": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Counted within the record, so that the rows of an act go out together and none waits for its key.
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    etype: Mapped[str] = mapped_column(String(64))
    # The unit that owns the record.
    unit_path: Mapped[str] = mapped_column(UnitPath, server_default="", default="")
    deadline: Mapped[str] = mapped_column(String(64))
    # The one of several lengths; empty where the period has one.
    variant: Mapped[str] = mapped_column(String(64), server_default="", default="")
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    whose: Mapped[str] = mapped_column(String(10))
    # The event of the pack, the effect or the state of the referral by which it started.
    event: Mapped[str] = mapped_column(String(64))
    started_on: Mapped[dt.date] = mapped_column(Date)
    # Periods in hours run from a moment.
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    pauses: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc, default=list)
    extensions: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc, default=list)
    ended_on: Mapped[dt.date | None] = mapped_column(Date)
    end_event: Mapped[str] = mapped_column(String(64), server_default="", default="")
    # A day that a party was told: nothing that is worked out again is earlier.
    told_on: Mapped[dt.date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    # The earlier day that the facts give where a party keeps a later one, until a person decides.
    earlier_on: Mapped[dt.date | None] = mapped_column(Date)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    # The digest of the calendar by which it was last counted.
    calendar: Mapped[str] = mapped_column(String(64))
