"""The record that one belongs to, and those that belong to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.persistence.models import Record
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle

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


def part_types(bundle: Bundle, etype: str) -> list[str]:
    """Return the types whose records belong to records of a type, as far as pages show them."""
    return [one.id for one in bundle.entities() if one.parent == etype and not one.hidden]


def children_of(session: Session, record: Record, etypes: Sequence[str], limit: int) -> list[Record]:
    """Return the records of some types that belong to this one, in the order they were entered."""
    if not etypes:
        return []
    values = {"parent": record.id, "etypes": list(etypes), "most": limit}
    options = {"scope_etype": etypes[0]} if len(etypes) == 1 else {}
    return list(session.scalars(_CHILDREN, values, execution_options=options))


class Children:
    """The records of some types that belong to one record, read once when the first are asked for.

    Of each type there are ``limit`` at most.
    """

    def __init__(self, session: Session, record: Record, etypes: Iterable[str], limit: int) -> None:
        self.session, self.record, self.etypes, self.limit = session, record, sorted(set(etypes)), limit

    @cached_property
    def _by_type(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = defaultdict(list)
        if self.etypes:
            most = self.limit * len(self.etypes)
            for one in children_of(self.session, self.record, self.etypes, most):
                found[one.etype].append(one)
        return found

    def of(self, *etypes: str) -> list[Record]:
        """Return those of some types, in the order they were entered."""
        known = [one for one in etypes if one in self.etypes]
        found = [row for one in known for row in self._by_type.get(one, [])[: self.limit]]
        return found if len(known) == 1 else sorted(found, key=lambda row: row.id)
