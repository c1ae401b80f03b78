"""Work that runs outside a request."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Unaudited
from portal.persistence.types import BigId, JsonDoc, UtcDateTime


class Job(Model):
    """One piece of work for the worker, with the person on whose behalf it runs."""

    __tablename__ = "job"
    __scope__ = Internal("work for the worker, of all units")
    __audit__ = Unaudited("what a job does has entries of its own")
    __table_args__ = (Index("ix_job_ready", "status", "run_at"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    user_id: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(12), default="ready")
    run_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
