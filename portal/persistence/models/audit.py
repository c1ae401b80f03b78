"""The audit log. Rows are only ever added."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class AuditEntry(Model):
    """Who did what to which thing, when, from where, under which release and why; before and after."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_object", "kind", "object_id", "id"),
        Index("ix_audit_at", "at"),
        Index("ix_audit_unit", "unit_path", "id"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(130), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    channel: Mapped[str] = mapped_column(String(12), default="")
    action: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(128))
    unit_path: Mapped[str] = mapped_column(UnitPath, default="/")
    release_id: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
