"""Requests of persons for what is kept about themselves: that each was answered, by whom and on which ground."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import AtUnit, Audited
from portal.persistence.types import BigId, UnitPath, UtcDateTime


class SubjectRequest(Model):
    """One request that was answered; neither who the person is nor what was found can be read in it."""

    __tablename__ = "subject_request"
    __scope__ = AtUnit("subject")
    __audit__ = Audited("subject", "subject")
    __table_args__ = (
        Index("ix_subject_request_at", "at"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    # The keyed digest of the number, by which the audit log is asked too; nobody reads the number from it.
    subject: Mapped[str] = mapped_column(String(128))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    ground: Mapped[str] = mapped_column(String(20))
    proof: Mapped[str] = mapped_column(String(20))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(130), default="")
