"""What an account needs beside a password: the second factor, and whether the password must be changed."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import BigInteger, Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.persistence.declared import Own, Unaudited
from portal.persistence.types import BigId, UtcDateTime


class AccountSecurity(Model):
    """The protection of one account; no row means a password and nothing else."""

    __tablename__ = "account_security"
    __scope__ = Own(kept_by="user")
    __audit__ = Unaudited("the services write an entry about the account")
    __table_args__ = ({"extend_existing": False},)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    # Set by whoever knows the password beside its owner: it holds for one sign-in.
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    # Of the second factor: encrypted, never in clear. It counts once a code has confirmed it.
    secret: Mapped[str | None] = mapped_column(String(120))
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # The half minute of the last code that was taken; no code counts twice.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)

    user: Mapped[User] = relationship()


class RecoveryCode(Model):
    """The digest of a code that lets its owner in once without the authenticator."""

    __tablename__ = "recovery_code"
    __scope__ = Own(kept_by="user")
    __audit__ = Unaudited("the services write an entry about the account")
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
