"""The record that one belongs to, and those that belong to it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.persistence.models import Record
from portal.persistence.scope import prepared

_CHILDREN = prepared(
    select(Record)
    .where(Record.parent_id == bindparam("parent"), Record.etype.in_(bindparam("etypes", expanding=True)))
    .order_by(Record.id)
    .limit(bindparam("most"))
)


def parent_of(session: Session, record: Record) -> Record | None:
    """Return the record that this one belongs to, if the session's access may see it."""
    if record.parent_id is None:
        return None
    return session.scalar(select(Record).where(Record.id == record.parent_id))


def children_of(session: Session, record: Record, etypes: Sequence[str], limit: int) -> list[Record]:
    """Return the records of some types that belong to this one, in the order they were entered."""
    if not etypes:
        return []
    values = {"parent": record.id, "etypes": list(etypes), "most": limit}
    options = {"scope_etype": etypes[0]} if len(etypes) == 1 else {}
    return list(session.scalars(_CHILDREN, values, execution_options=options))
