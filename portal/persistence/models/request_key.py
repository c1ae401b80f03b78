"""Keys that make a repeated request harmless."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.types import UtcDateTime


class RequestKey(Model):
    """A key that a client sent with a request that makes a record; written in the record's transaction."""

    __tablename__ = "request_key"
    __table_args__ = ({"extend_existing": False},)

    user_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    record_uid: Mapped[str] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
