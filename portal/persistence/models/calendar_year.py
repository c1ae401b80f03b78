"""Years of the working calendar that were imported, for all centres alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Managed
from portal.persistence.types import JsonDoc, UtcDateTime


class CalendarYear(Model):
    """One year's days off and made-up workdays, as published or expected; its changes stand in the audit log."""

    __tablename__ = "calendar_year"
    __scope__ = Managed("release")
    __audit__ = Audited("calendar", column="year")
    __table_args__ = ({"extend_existing": False},)

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(12))
    notice: Mapped[str] = mapped_column(String(100), default="")
    # In the shape of an entry of calendar.json.
    days: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    digest: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    changed_by_name: Mapped[str] = mapped_column(String(130), default="")
