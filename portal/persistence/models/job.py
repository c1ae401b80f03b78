"""Work that runs outside a request: what waits, who does it, what is due, what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Unaudited
from portal.persistence.types import BigId, JsonDoc, UtcDateTime

_LIVE = text("status IN ('ready', 'running')")
_WAITING = text("done_at IS NULL AND given_up_at IS NULL")


class Job(Model):
    """One piece of work for the worker, with the person on whose behalf it runs.

    ``token`` grows with each worker that takes it: a worker that lost its lease can store nothing any more. Of jobs
    that wait or run, one at most has a given ``key``.
    """

    __tablename__ = "job"
    __scope__ = Internal("work for the worker, of all units")
    __audit__ = Unaudited("what a job does has entries of its own")
    __table_args__ = (
        Index("ix_job_ready", "status", "run_at"),
        Index("ix_job_key", "key", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        {"extend_existing": False},
    )

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
    key: Mapped[str | None] = mapped_column(String(100))
    token: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    worker: Mapped[str] = mapped_column(String(80), default="", server_default="")
    # {"done": n, "total": n or null, "words": a message id, "params": {...}}
    progress: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    cancel: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)


class JobResult(Model):
    """What one chunk of a long job came to; stored once, with whatever the chunk changed."""

    __tablename__ = "job_result"
    __scope__ = Internal("results of work, of all units")
    __audit__ = Unaudited("what a chunk changed has entries of its own")
    __table_args__ = ({"extend_existing": False},)

    job_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    chunk: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonDoc, nullable=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class DueEvent(Model):
    """Something that falls due at a moment: a sweep of its ``kind`` claims it and performs its effects."""

    __tablename__ = "due_event"
    __scope__ = Internal("what falls due, of all units")
    __audit__ = Unaudited("the effects have entries of their own")
    __table_args__ = (
        Index("ix_due_event_waiting", "kind", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_due_event_subject", "kind", "subject", unique=True),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    # Not tried before this moment again.
    retry_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")


class DueEffect(Model):
    """One effect of a due event that was performed: there is never a second of its name."""

    __tablename__ = "due_effect"
    __scope__ = Internal("what was done about what fell due, of all units")
    __audit__ = Unaudited("the effect itself has its entries")
    __table_args__ = ({"extend_existing": False},)

    due_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("due_event.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    effect: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class JobWorker(Model):
    """A worker that gives signs of life."""

    __tablename__ = "job_worker"
    __scope__ = Internal("processes of the portal")
    __audit__ = Unaudited("a sign of life")
    __table_args__ = ({"extend_existing": False},)

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
