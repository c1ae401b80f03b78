"""Counts of indicators kept by changes: each act marks its record, and folding adds what became different."""

from __future__ import annotations

import datetime as dt

from flask_appbuilder import Model
from sqlalchemy import BigInteger, Boolean, Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Unaudited
from portal.persistence.types import BigId, UtcDateTime

_SCOPE = Internal("counts of all units; who asks for one is asked for a role there by services/indicators")
_AUDIT = Unaudited("follows from acts on records, which are covered")


class IndicatorMark(Model):
    """A record that an act changed and that was not counted since; a row lives until it is folded."""

    __tablename__ = "indicator_mark"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class IndicatorShare(Model):
    """What a record adds to the counts of indicators, as it was counted last: what is taken off when it changes.

    ``stands`` says that it is among what stands now, so that a month which ends has it among what stood then.
    """

    __tablename__ = "indicator_share"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False},)

    record_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stands: Mapped[bool] = mapped_column(Boolean, index=True)
    share: Mapped[str] = mapped_column(Text)


class IndicatorFigure(Model):
    """All counts of a unit and those below it in one month and by one axis; ``month`` 0 holds what stands now."""

    __tablename__ = "indicator_figure"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False, "sqlite_with_rowid": False},)

    unit_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    axis: Mapped[str] = mapped_column(String(20), primary_key=True)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    counts: Mapped[str] = mapped_column(Text)


class IndicatorKept(Model):
    """A definition of an indicator whose counts are kept, known by its digest; ``ready`` once all records are in it."""

    __tablename__ = "indicator_kept"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    indicator: Mapped[str] = mapped_column(String(64))
    # The release that a process reads the definition from.
    release_id: Mapped[int] = mapped_column(Integer)
    in_force: Mapped[bool] = mapped_column(Boolean)
    ready: Mapped[bool] = mapped_column(Boolean)


class IndicatorState(Model):
    """How far folding is: the day as of which overdue matters are counted, and where filling in has come to."""

    __tablename__ = "indicator_state"
    __scope__ = _SCOPE
    __audit__ = _AUDIT
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[dt.date | None] = mapped_column(Date)
    ready: Mapped[bool] = mapped_column(Boolean)
    unit_id: Mapped[int] = mapped_column(Integer)
    record_id: Mapped[int] = mapped_column(BigInteger)
