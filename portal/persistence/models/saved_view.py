"""A way to look at a list that a person keeps under a name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Own, Unaudited
from portal.persistence.types import BigId, JsonDoc, UtcDateTime


class SavedView(Model):
    """Filters and order of one list under the name that one person gave them."""

    __tablename__ = "saved_view"
    __scope__ = Own("user_id")
    __audit__ = Unaudited("how somebody looks at a list concerns nobody else")
    __table_args__ = (
        UniqueConstraint("user_id", "etype", "name", name="uq_saved_view"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    etype: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(40))
    # The arguments of the list's address; text that was searched for is never among them.
    query: Mapped[str] = mapped_column(String(2000))
    # What each filter was called: a later release may no longer know it.
    labels: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
