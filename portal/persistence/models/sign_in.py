"""Who is signed in, who tried to, and which passwords an account had."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Own, Unaudited
from portal.persistence.types import BigId, UtcDateTime


class SignInSession(Model):
    """One signed-in browser or program. Its secret is only with its holder: here is the digest of it."""

    __tablename__ = "sign_in_session"
    __scope__ = Own(kept_by="user")
    __audit__ = Unaudited("signing in and out has entries about the account")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(12))
    ip: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SignInStep(Model):
    """A sign-in on its way: the password was right, something else is still asked for. It opens nothing."""

    __tablename__ = "sign_in_step"
    __scope__ = Own()
    __audit__ = Unaudited("signing in has an entry about the account")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(12))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class SignInAttempt(Model):
    """One sign-in that went wrong, or is being checked; kept as long as it counts towards a lock."""

    __tablename__ = "sign_in_attempt"
    __scope__ = Internal("counted before anybody is known")
    __audit__ = Unaudited("a wrong sign-in has an entry about the account")
    __table_args__ = (Index("ix_sign_in_attempt", "lock", "at"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    lock: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class PastPassword(Model):
    """The hash of a password that an account has or had, so that it is not taken again soon."""

    __tablename__ = "past_password"
    __scope__ = Own(kept_by="user")
    __audit__ = Unaudited("another password has an entry about the account")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    password: Mapped[str] = mapped_column(String(256))
