"""Counters behind the codes of records."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Internal, Unaudited


class NumberSeries(Model):
    """The last number given in a centre's series for a period (a year, say). The row is the lock."""

    __tablename__ = "number_series"
    __scope__ = Internal("counters of all centres: how many cases each has")
    __audit__ = Unaudited("the record that takes a number has an entry")
    __table_args__ = ({"extend_existing": False},)

    centre_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(64), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int] = mapped_column(Integer, default=0)
