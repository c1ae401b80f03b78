"""The management tree and the centres in it."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Managed
from portal.persistence.types import UnitPath, UtcDateTime


class Unit(Model):
    """A place or a body in the management tree: city, county, township, village, point or department.

    ``path`` lists the identifiers from the root down to the unit itself (``/1/5/9/``), so that a subtree is one
    range. ``statutory_parent_code`` keeps the division the statistics count the unit to.
    """

    __tablename__ = "unit"
    __scope__ = Managed("unit")
    __audit__ = Audited("unit")
    __table_args__ = (
        Index("ix_unit_path", "path"),
        Index("ix_unit_parent", "parent_id", "code"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(80), default="")
    level: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), default="division")
    division_code: Mapped[str | None] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(UnitPath)
    statutory_parent_code: Mapped[str | None] = mapped_column(String(20))
    flag: Mapped[str] = mapped_column(String(20), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    pack: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(400), default="")

    @property
    def ancestor_ids(self) -> list[int]:
        """Return the identifiers from the root down to the unit itself."""
        return [int(part) for part in self.path.strip("/").split("/")]

    def __repr__(self) -> str:
        return f"{self.name} ({self.code})"


class Centre(Model):
    """The centre that a unit runs: its name and the word its numbers begin with.

    Which release is in force there follows from its activations.
    """

    __tablename__ = "centre"
    __table_args__ = ({"extend_existing": False},)
    __scope__ = Managed("release")
    __audit__ = Audited("centre", column="unit_id")

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    agency: Mapped[str] = mapped_column(String(20), default="")
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
