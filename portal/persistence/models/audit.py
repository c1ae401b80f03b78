"""The audit log and its seals. Rows of both are only ever added."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Index, Integer, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import FIELDS, content_hash, field_names
from portal.persistence.declared import AtUnit, Internal, Unaudited
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class AuditEntry(Model):
    """Who did what to which thing, when, from where, under which release and why; before and after."""

    __tablename__ = "audit_entry"
    __scope__ = AtUnit("audit")
    __audit__ = Unaudited("it is the audit", append_only=True)
    __table_args__ = (
        Index("ix_audit_object", "kind", "object_id", "id"),
        Index("ix_audit_at", "at"),
        Index("ix_audit_unit", "unit_path", "id"),
        Index("ix_audit_actor", "actor_id", "id"),
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
    # The names of the fields in before and after: searched without touching any value.
    fields: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    content_hash: Mapped[str] = mapped_column(String(64))


class AuditSeal(Model):
    """One sealed batch of entries; see ``portal.core.audit.Seal``."""

    __tablename__ = "audit_seal"
    __scope__ = Internal("seals are made and verified by the system")
    __audit__ = Unaudited("it is the audit", append_only=True)
    __table_args__ = ({"extend_existing": False},)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first_entry: Mapped[int] = mapped_column(BigId)
    last_entry: Mapped[int] = mapped_column(BigId)
    count: Mapped[int] = mapped_column(Integer)
    entries: Mapped[str] = mapped_column(Text)
    root: Mapped[str] = mapped_column(String(64))
    marks: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    hash: Mapped[str] = mapped_column(String(64))


class AuditChain(Model):
    """The head of the seals: one row, taken forward by whoever seals first.

    ``gaps`` are ids below ``sealed_to`` that were not stored yet when their neighbours were sealed.
    """

    __tablename__ = "audit_chain"
    __scope__ = Internal("seals are made and verified by the system")
    __audit__ = Unaudited("it is the audit")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")
    sealed_to: Mapped[int] = mapped_column(BigId, default=0)
    gaps: Mapped[list[Any]] = mapped_column(JsonDoc, default=list)
    sealed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


def completed(values: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a new entry with what was left out, its field names and its hash."""
    made: dict[str, Any] = {
        "actor": "",
        "ip": "",
        "request_id": "",
        "channel": "",
        "unit_path": "/",
        "reason": "",
    }
    made.update({name: value for name, value in values.items() if value is not None})
    # Of sealed values the names were taken before they were sealed.
    made["fields"] = values.get("fields") or field_names(values.get("before"), values.get("after"))
    for name in FIELDS:
        made.setdefault(name, None)
    made["content_hash"] = content_hash(made)
    return made


@event.listens_for(AuditEntry, "before_insert")
def _hash(_mapper: Any, _connection: Any, entry: AuditEntry) -> None:
    for name, value in completed({name: getattr(entry, name) for name in FIELDS}).items():
        if getattr(entry, name) != value:
            setattr(entry, name, value)
