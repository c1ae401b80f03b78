"""Keys that make a repeated request harmless."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Own, Unaudited
from portal.persistence.types import JsonDoc, UtcDateTime


class RequestKey(Model):
    """A key that a client sent with a request that changes something; written in the same transaction."""

    __tablename__ = "request_key"
    __scope__ = Own()
    __audit__ = Unaudited("the request itself has an entry")
    __table_args__ = ({"extend_existing": False},)

    user_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    record_uid: Mapped[str] = mapped_column(String(32))
    # What the API answered; a record's data are left out, its history has them.
    answer: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
