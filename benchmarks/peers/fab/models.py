"""The same three tables as the other peer has."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    desc,
    func,
)
from sqlalchemy.orm import relationship


class Unit(Model):
    """A place in the management tree."""

    __tablename__ = "peer_unit"
    id = Column(Integer, primary_key=True)
    parent_id = Column(Integer, ForeignKey("peer_unit.id"))
    level = Column(Integer, nullable=False)
    code = Column(String(20), unique=True, nullable=False)
    name = Column(String(100), nullable=False)
    path = Column(String(100), nullable=False, index=True)

    def __repr__(self) -> str:
        return str(self.name)


class Case(Model):
    """A case of twenty fields."""

    __tablename__ = "peer_case"
    id = Column(BigInteger, primary_key=True)
    code = Column(String(20), unique=True, nullable=False)
    title = Column(String(200), nullable=False)
    applicant = Column(String(50), nullable=False)
    phone = Column(String(20), nullable=False)
    id_number = Column(String(20))
    address = Column(String(200))
    category = Column(String(20), nullable=False)
    subcategory = Column(String(20))
    amount = Column(Numeric(12, 2))
    persons = Column(Integer)
    occurred_at = Column(DateTime)
    registered_at = Column(DateTime, nullable=False, index=True)
    source = Column(String(20))
    urgency = Column(String(20))
    unit_id = Column(Integer, ForeignKey("peer_unit.id"), nullable=False)
    unit = relationship(Unit)
    window_no = Column(String(20))
    status = Column(String(20), nullable=False)
    description = Column(Text)
    due_at = Column(DateTime)
    result = Column(Text)
    audits = relationship("Audit", back_populates="case")
    __table_args__ = (
        Index("ix_peer_case_status", "status", desc("registered_at")),
        Index("ix_peer_case_unit", "unit_id", desc("registered_at")),
    )


class Audit(Model):
    """Who did what to a case, and when."""

    __tablename__ = "peer_audit"
    id = Column(BigInteger, primary_key=True)
    case_id = Column(BigInteger, ForeignKey("peer_case.id"), index=True)
    case = relationship(Case, back_populates="audits")
    actor = Column(Integer)
    action = Column(String(20))
    at = Column(DateTime, server_default=func.now())
    payload = Column(JSON)
