"""Which person holds which role at which unit."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Open, Own, Unaudited
from portal.persistence.types import UtcDateTime


class Assignment(Model):
    """A role held by a user at a unit and everything below it, from the moment that it is confirmed.

    ``given_by`` is the account whose act waits for another person; none where the system gave the role.
    """

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
    given_by: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    confirmed_by_name: Mapped[str | None] = mapped_column(String(130))


class AccountHome(Model):
    """The unit that an account belongs to: one where it holds a role, or the last one where it did."""

    __tablename__ = "account_home"
    __scope__ = Own(kept_by="user", self_written=False)
    __audit__ = Unaudited("follows from roles given and taken, which have entries of their own")
    __table_args__ = ({"extend_existing": False},)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)


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
