"""Records taken over from other systems: sources with their mappings, files with their rows, where a record is from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import AtUnit, Audited, OfRecord, Unaudited
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class ImportSource(Model):
    """Another system that records are taken over from, with the mapping that is kept of it."""

    __tablename__ = "import_source"
    __scope__ = AtUnit("import")
    __audit__ = Audited("import_source", "uid")
    __table_args__ = (
        UniqueConstraint("unit_id", "name", name="uq_import_source"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    # The centre that takes records over: its release says what a mapping can name.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    name: Mapped[str] = mapped_column(String(60))
    etype: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_by_name: Mapped[str] = mapped_column(String(130), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class ImportFile(Model):
    """One file of a source, from its upload until its records stay or are taken back."""

    __tablename__ = "import_file"
    __scope__ = AtUnit("import")
    __audit__ = Audited("import", "uid")
    __table_args__ = (
        Index("ix_import_file_source", "source_id", "id"),
        Index("ix_import_file_touched", "touched_at"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    sheet: Mapped[str] = mapped_column(String(100), default="", server_default="")
    # {"headings": [...], "head": n, "others": {sheet: rows}}
    layout: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    # read, tried, taken, undone; the work on it is ``job_id``.
    state: Mapped[str] = mapped_column(String(12))
    # What the last trial found: {"good": n, "bad": n, "taken": n, "by": {code: n}}; the mapping it went by.
    found: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    job_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")
    touched_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    # The token by which a feed sent it; none for what a person uploaded.
    token_id: Mapped[int | None] = mapped_column(BigId)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class ImportChunk(Model):
    """Some rows of a file, encrypted, with what the last trial found wrong in them; gone some time after the import."""

    __tablename__ = "import_chunk"
    __scope__ = AtUnit("import")
    __audit__ = Unaudited("the entry of the upload tells of all rows, by the digest of the file")
    __table_args__ = ({"extend_existing": False},)

    file_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("import_file.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    rows: Mapped[str] = mapped_column(Text)
    problems: Mapped[str] = mapped_column(Text, default="", server_default="")


class RecordSource(Model):
    """Where a record was taken over from: the source and its number there, which no second record has."""

    __tablename__ = "record_source"
    __scope__ = OfRecord()
    __audit__ = Audited("record", "record_id")
    __table_args__ = (
        UniqueConstraint("source_id", "number", name="uq_record_source"),
        Index("ix_record_source_file", "file_id"),
        {"extend_existing": False},
    )

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    etype: Mapped[str] = mapped_column(String(64))
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))
    number: Mapped[str] = mapped_column(String(100))
    # Line of the file, the days of the other system, and the data as they came, under the record's key.
    line: Mapped[int] = mapped_column(Integer)
    registered_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    closed_on: Mapped[dt.date | None]
    taken_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    taken: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    # What came later and was not put in, since the record was changed here.
    offered: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)


class ImportToken(Model):
    """What lets another system send rows of one source, in the name of who gave it; here is the digest of it."""

    __tablename__ = "import_token"
    __scope__ = AtUnit("import")
    __audit__ = Audited("import_token", "uid")
    __table_args__ = (Index("ix_import_token_source", "source_id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    name: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by_name: Mapped[str] = mapped_column(String(130))
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SourceExport(Model):
    """Changed matters that were given back to their source: who, for what purpose, which columns, how many."""

    __tablename__ = "source_export"
    __scope__ = AtUnit("import")
    __audit__ = Audited("source_export", "uid")
    __table_args__ = (Index("ix_source_export_source", "source_id", "id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(130))
    purpose: Mapped[str] = mapped_column(String(32))
    # The headings of the other system.
    fields: Mapped[list[str]] = mapped_column(JsonDoc)
    rows: Mapped[int] = mapped_column(Integer)
    form: Mapped[str] = mapped_column(String(8))


class ExportedRecord(Model):
    """Up to which row of its history a matter was given back to its source."""

    __tablename__ = "exported_record"
    __scope__ = OfRecord()
    __audit__ = Unaudited("the entry of the export names its columns and how many matters it held")
    __table_args__ = (Index("ix_exported_record_export", "export_id"), {"extend_existing": False})

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    etype: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[int] = mapped_column(BigId)
    export_id: Mapped[int] = mapped_column(ForeignKey("source_export.id"))
