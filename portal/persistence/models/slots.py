"""Which projection column of ``record`` holds which declared field of an entity type."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Managed, Unaudited

TEXT_SLOTS = tuple(f"s{n}" for n in range(1, 13))
NUMBER_SLOTS = tuple(f"n{n}" for n in range(1, 7))
DATE_SLOTS = tuple(f"d{n}" for n in range(1, 7))
SLOTS = TEXT_SLOTS + NUMBER_SLOTS + DATE_SLOTS


class FieldSlot(Model):
    """A declared field's projection column. The same for all packs, so that a city can filter over its counties."""

    __tablename__ = "field_slot"
    __scope__ = Managed("release")
    __audit__ = Unaudited("follows from the release, whose publication has an entry")
    __table_args__ = (UniqueConstraint("etype", "slot"), {"extend_existing": False})

    etype: Mapped[str] = mapped_column(String(64), primary_key=True)
    pointer: Mapped[str] = mapped_column(String(200), primary_key=True)
    slot: Mapped[str] = mapped_column(String(4))
