"""Which person holds which role at which unit."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Open, Own, Unaudited
from portal.persistence.types import UtcDateTime


class Assignment(Model):
    """A role held by a user at a unit and everything below it."""

    __tablename__ = "assignment"
    __scope__ = Own(kept_by="user", self_written=False)
    __audit__ = Audited("user", "user_id")
    __table_args__ = (UniqueConstraint("user_id", "role", "unit_id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")


class AccessStamp(Model):
    """One row with a number that grows whenever anybody's access may have changed.

    Each process keeps what it worked out until the number differs, so a revocation holds at the next request.
    """

    __tablename__ = "access_stamp"
    __scope__ = Open("one number that says that some access changed, and nothing about whose")
    __audit__ = Unaudited("follows from changes that have entries of their own")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    stamp: Mapped[int] = mapped_column(Integer, default=0)
