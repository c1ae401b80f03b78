"""The one table of all entity types: JSON data, and columns for what lists and counts need."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    Date,
    FetchedValue,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.persistence import declared
from portal.persistence.models.slots import SLOTS
from portal.persistence.partial_index import partial_index
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


def _slot(kind: Any) -> Any:
    """Return a column that lists filter and sort by, and that nobody reads: it is not fetched with the row.

    Empty ones are left out of a new row's statement: most are, and drivers keep short statements only.
    """
    return mapped_column(kind, deferred=True, deferred_group="slots", server_default=FetchedValue())


# What the row scope looks at as well.
_HANDLER: dict[str, Any] = {"postgresql_include": ["handler_path"]}


class ProjectionSlots:
    """The projection columns; ``field_slot`` says what each holds for an entity type."""

    s1: Mapped[str | None] = _slot(String(200))
    s2: Mapped[str | None] = _slot(String(200))
    s3: Mapped[str | None] = _slot(String(200))
    s4: Mapped[str | None] = _slot(String(200))
    s5: Mapped[str | None] = _slot(String(200))
    s6: Mapped[str | None] = _slot(String(200))
    s7: Mapped[str | None] = _slot(String(200))
    s8: Mapped[str | None] = _slot(String(200))
    s9: Mapped[str | None] = _slot(String(200))
    s10: Mapped[str | None] = _slot(String(200))
    s11: Mapped[str | None] = _slot(String(200))
    s12: Mapped[str | None] = _slot(String(200))
    n1: Mapped[float | None] = _slot(Float)
    n2: Mapped[float | None] = _slot(Float)
    n3: Mapped[float | None] = _slot(Float)
    n4: Mapped[float | None] = _slot(Float)
    n5: Mapped[float | None] = _slot(Float)
    n6: Mapped[float | None] = _slot(Float)
    d1: Mapped[dt.date | None] = _slot(Date)
    d2: Mapped[dt.date | None] = _slot(Date)
    d3: Mapped[dt.date | None] = _slot(Date)
    d4: Mapped[dt.date | None] = _slot(Date)
    d5: Mapped[dt.date | None] = _slot(Date)
    d6: Mapped[dt.date | None] = _slot(Date)


class Record(ProjectionSlots, Model):
    """A case, a visit, a party ...: one row, pinned to the release it was entered under."""

    __tablename__ = "record"
    __scope__ = declared.Record()
    __audit__ = declared.Audited("record")

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("centre_id", "etype", "code", name="uq_record_code"),
            Index("ix_record_created", "etype", "created_at", "id"),
            Index("ix_record_updated", "etype", "updated_at", "id"),
            Index("ix_record_stage", "etype", "stage", "created_at", "id"),
            # Counting runs along these two and hardly fetches a row. SQLite gets them without the handler: an index
            # with all that the row scope asks for it would read from end to end, instead of where the unit lies.
            Index("ix_record_unit", "etype", "unit_path", "is_open", "stage", **_HANDLER),
            Index("ix_record_open", "etype", "is_open", "stage", "unit_path", "due_on", **_HANDLER),
            Index("ix_record_type", "etype", "dispute_type", "created_at", "id"),
            Index("ix_record_unit_id", "unit_id"),
            partial_index("ix_record_handler", "etype", "handler_path", where="handler_path IS NOT NULL"),
            partial_index(
                "ix_record_maker", "created_by", "etype", "id", where="is_open", on_sqlite="is_open = 1"
            ),
            partial_index("ix_record_code", "etype", "code", "id", where="code IS NOT NULL"),
            partial_index("ix_record_due", "etype", "due_on", "id", where="due_on IS NOT NULL"),
            partial_index(
                "ix_record_occurred", "etype", "occurred_on", "id", where="occurred_on IS NOT NULL"
            ),
            partial_index("ix_record_amount", "etype", "amount", "id", where="amount IS NOT NULL"),
            partial_index("ix_record_place", "etype", "place", "created_at", where="place IS NOT NULL"),
            partial_index("ix_record_parent", "parent_id", "etype", where="parent_id IS NOT NULL"),
            *(partial_index(f"ix_record_{s}", "etype", s, "id", where=f"{s} IS NOT NULL") for s in SLOTS),
            {"extend_existing": False},
        )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    etype: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    handler_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    handler_path: Mapped[str | None] = mapped_column(UnitPath)
    centre_id: Mapped[int] = mapped_column(Integer)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    code: Mapped[str | None] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(300), default="")
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    stage: Mapped[str | None] = mapped_column(String(64))
    canonical_stage: Mapped[str | None] = mapped_column(String(20))
    stage_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
    # The key of the record's values in history, decisions and audit, wrapped by the data key: it goes with the row.
    key: Mapped[str | None] = mapped_column(Text)
    lanes: Mapped[dict[str, str]] = mapped_column(JsonDoc, default=dict)
    dispute_type: Mapped[str | None] = mapped_column(String(64))
    # What figures count by beside stage and type: the top of the dispute type, how the matter came in, the route it
    # took to its handler, and its grade.
    dispute_class: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[str | None] = mapped_column(String(64))
    route: Mapped[str | None] = mapped_column(String(64))
    grade: Mapped[str | None] = mapped_column(String(64))
    place: Mapped[str | None] = mapped_column(String(200))
    occurred_on: Mapped[dt.date | None] = mapped_column(Date)
    amount: Mapped[float | None] = mapped_column(Float)
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    # The nearest day of the unit that handles it; the centre's own are not among them.
    handler_due_on: Mapped[dt.date | None] = mapped_column(Date)
    # The account that asked for the correction that waits for a second person; none waits where it is empty.
    correction_by: Mapped[int | None] = mapped_column(Integer)
    data: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    # What the releases before hold and the record's release has no field for: by release and pointer, as it was.
    kept: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc, deferred=True, server_default=FetchedValue())
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_by_name: Mapped[str] = mapped_column(String(130), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    # The database itself refuses to overwrite a version that somebody else replaced meanwhile.
    __mapper_args__ = {  # noqa: RUF012
        "version_id_col": version,
        "version_id_generator": False,
        "eager_defaults": False,
    }

    @property
    def correcting(self) -> bool:
        """Tell whether a correction of it waits for a second person."""
        return self.correction_by is not None

    def __repr__(self) -> str:
        return f"{self.etype} {self.code or self.uid}"
