"""Looking a matter up without an account: its code, wrong attempts, and what parties answered, in totals alone."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, OfRecord, Unaudited
from portal.persistence.types import BigId, UtcDateTime


class LookupCode(Model):
    """The code of one record: a keyed digest to find it by, and the code itself encrypted, to be printed again.

    ``answered`` says that the questions after closing were answered, and nothing of what or when.
    """

    __tablename__ = "lookup_code"
    __scope__ = OfRecord()
    __audit__ = Unaudited("made with its record; making it anew has an entry about the record")
    __table_args__ = ({"extend_existing": False},)

    record_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(String(32), unique=True)
    code: Mapped[str] = mapped_column(Text)
    answered: Mapped[bool] = mapped_column(Boolean, default=False)


class LookupAttempt(Model):
    """One look-up that went wrong, or is being checked; kept as long as it counts."""

    __tablename__ = "lookup_attempt"
    __scope__ = Internal("counted before anybody is known")
    __audit__ = Unaudited("that a code was closed has an entry about its record")
    __table_args__ = (Index("ix_lookup_attempt", "lock", "at"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    lock: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class LookupAnswer(Model):
    """How many parties gave one answer about one unit in one month: no row tells of a single matter or person.

    ``month`` is the year times 100 plus the month.
    """

    __tablename__ = "lookup_answer"
    __scope__ = Internal("shown in totals of five and more alone")
    __audit__ = Unaudited("an entry would tell whose answer it was")
    __table_args__ = ({"extend_existing": False, "sqlite_with_rowid": False},)

    unit_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    etype: Mapped[str] = mapped_column(String(64), primary_key=True)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    question: Mapped[str] = mapped_column(String(64), primary_key=True)
    answer: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
