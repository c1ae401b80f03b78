"""Which units see a record: one row for each, so that a role at a unit reads one equality in the order of lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Reach, Unaudited
from portal.persistence.partial_index import partial_index
from portal.persistence.types import BigId, UtcDateTime

OWNER, HANDLER, ASSISTING = "owner", "handler", "assisting"


class RecordReach(Model):
    """One unit that sees one record: its owner, handler or an assisting unit, or a unit above one of these.

    ``why`` is the strongest reason. What lists, counts and worklists put in order or narrow by is kept beside it.
    """

    __tablename__ = "record_reach"
    __scope__ = Reach()
    __audit__ = Unaudited("follows from the record and its referrals, whose changes are covered")
    __table_args__ = (
        # The orders of lists: a page is read along one of these, however many records the unit sees.
        Index("ix_reach_created", "unit_id", "etype", "created_at", "record_id"),
        Index("ix_reach_updated", "unit_id", "etype", "updated_at", "record_id"),
        # What a unit sees of others is few: counted one by one beside the figures of its own.
        partial_index("ix_reach_others", "unit_id", "etype", "record_id", where="why <> 'owner'"),
        partial_index(
            "ix_reach_dated", "unit_id", "etype", "due_on", "record_id", where="due_on IS NOT NULL"
        ),
        # What is late is open: closed records whose day was given by hand would stand before it, more each year.
        partial_index(
            "ix_reach_due", "unit_id", "etype", "is_open", "due_on", "record_id", where="due_on IS NOT NULL"
        ),
        partial_index(
            "ix_reach_waiting", "unit_id", "etype", "created_at", "record_id", where="waiting AND is_open"
        ),
        # What is open, by where it stands; few stand in a lane.
        partial_index(
            "ix_reach_open",
            "unit_id",
            "etype",
            "canonical_stage",
            "waiting",
            "handling",
            "record_id",
            where="is_open",
            on_sqlite="is_open = 1",
        ),
        partial_index("ix_reach_lanes", "unit_id", "etype", "record_id", where="lanes <> ''"),
        partial_index(
            "ix_reach_correcting",
            "unit_id",
            "etype",
            "updated_at",
            "record_id",
            where="correcting",
            on_sqlite="correcting = 1",
        ),
        {"extend_existing": False, "sqlite_with_rowid": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    unit_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    etype: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    is_open: Mapped[bool] = mapped_column(Boolean)
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    # Open, without a handler, and seen as the owner or above it: it waits for somebody to hand it over.
    waiting: Mapped[bool] = mapped_column(Boolean)
    why: Mapped[str] = mapped_column(String(10))
    canonical_stage: Mapped[str | None] = mapped_column(String(20))
    # The lanes that are open, each between commas.
    lanes: Mapped[str] = mapped_column(Text, server_default="", default="")
    # The handler lies at this unit or below it.
    handling: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    # A correction of it waits for a second person.
    correcting: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)


def _orders(columns: list[str]) -> list[str]:
    return columns[2:3] if columns[:2] == ["unit_id", "etype"] and columns[3:] == ["record_id"] else []


_TABLE: Any = RecordReach.__table__
# The columns in whose order an index holds the records of each unit.
ORDERS = frozenset(name for index in _TABLE.indexes for name in _orders(index.columns.keys()))
