"""What the rules proposed, and what a person made of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.persistence.declared import Audited, OfRecord
from portal.persistence.models.record import Record
from portal.persistence.partial_index import partial_index
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class Decision(Model):
    """The rules' answer at one moment: what fired and why, and each proposal resolved to a place on duty."""

    __tablename__ = "decision"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (Index("ix_decision_record", "record_id", "id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    rule_set: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    trigger: Mapped[str] = mapped_column(String(40))
    engine: Mapped[str] = mapped_column(String(20))
    # The version of the record the rules saw: with it, an explanation can be worked out again at any time.
    version: Mapped[int] = mapped_column(Integer)
    result: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    proposals: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc)

    record: Mapped[Record] = relationship(lazy="raise")


class Referral(Model):
    """A matter handed to a unit: sent, accepted, returned, done, revoked or replaced, each with who and why."""

    __tablename__ = "referral"
    __scope__ = OfRecord(seen_at=("from_path", "to_path"))
    __audit__ = Audited("record", "record_id")
    __table_args__ = (
        Index("ix_referral_record", "record_id", "id"),
        Index("ix_referral_to", "status", "to_path", "id"),
        Index("ix_referral_from", "status", "from_path", "id"),
        # Those that assist are few among all that lead.
        partial_index(
            "ix_referral_assisting", "to_path", "status", "id", where="NOT lead", on_sqlite="lead = 0"
        ),
        partial_index(
            "ix_referral_asking", "from_path", "status", "id", where="NOT lead", on_sqlite="lead = 0"
        ),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"))
    etype: Mapped[str] = mapped_column(String(64))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"))
    proposal: Mapped[int | None] = mapped_column(Integer)
    rule: Mapped[str] = mapped_column(String(64), default="")
    route: Mapped[str] = mapped_column(String(20), default="")
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_path: Mapped[str] = mapped_column(UnitPath)
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_path: Mapped[str] = mapped_column(UnitPath)
    lead: Mapped[bool] = mapped_column(Boolean, default=True)
    seat: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    mode: Mapped[str] = mapped_column(String(20), default="")
    status: Mapped[str] = mapped_column(String(12), default="sent")
    overridden: Mapped[bool] = mapped_column(Boolean, default=False)
    # Beside ordinary ones: a call to several units, a dispute about who is competent.
    kind: Mapped[str] = mapped_column(String(12), default="", server_default="")
    # A superior has decided that the matter is the unit's: it may not be returned as another's.
    binding: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # The last day on which the unit may return it by itself; without one it always may.
    return_by: Mapped[dt.date | None] = mapped_column(Date)
    # The day by which the unit accepts it.
    accept_by: Mapped[dt.date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    documents: Mapped[list[str]] = mapped_column(JsonDoc, default=list)
    steps: Mapped[list[str]] = mapped_column(JsonDoc, default=list)
    assist: Mapped[list[str]] = mapped_column(JsonDoc, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # The account that sent it, to be told of the answer.
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    answered_by_name: Mapped[str] = mapped_column(String(130), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    record: Mapped[Record] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012
