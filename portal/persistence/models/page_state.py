"""How a person left a list: filters, order, columns."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Own, Unaudited
from portal.persistence.types import JsonDoc


class PageState(Model):
    """The saved state of one list for one person."""

    __tablename__ = "page_state"
    __scope__ = Own()
    __audit__ = Unaudited("how somebody left a list concerns nobody else")
    __table_args__ = ({"extend_existing": False},)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    page: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JsonDoc, default=dict)
