"""Answer the rules' questions about related records, in SQL, within the centre that asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.conditions import CountQuery, Env, evaluate
from portal.persistence.models import Record
from portal.persistence.scope import subtree
from portal.services.bundles import Bundle
from portal.services.records.columns import fitting, slots_of

_OPTIONS = {"unscoped": "counted for the rules, within the centre's own units"}
_COLUMNS = frozenset({"dispute_type", "place", "occurred_on", "amount", "stage", "unit_id", "code"})
# A condition on the counted records is evaluated here; this many of them are looked at, the latest first.
MAX_EXAMINED = 500


class RelatedRecords:
    """The counts port of one record: how many related ones there are, or what they add up to."""

    def __init__(
        self, session: Session, bundle: Bundle, centre_path: str, now: dt.datetime, own_id: int | None = None
    ) -> None:
        self._session = session
        self._bundle = bundle
        self._path = centre_path
        self._now = now
        self._own_id = own_id

    def __call__(self, query: CountQuery, facts: Mapping[str, Any]) -> int | float | None:
        """Return the figure; None where the record has nothing to match by, or the field is not indexed."""
        matches = self._matches(query, facts)
        if matches is None:
            return None
        base = select(Record).where(*matches)
        if query.where is not None:
            return self._examined(query, base)
        wanted: Any = func.count()
        if query.kind == "sum":
            column = self._column(query.entity, query.of)
            if column is None:
                return None
            wanted = func.coalesce(func.sum(column), 0)
        found = self._session.scalar(base.with_only_columns(wanted), execution_options=_OPTIONS)
        return found if query.kind == "sum" else int(found or 0)

    def _matches(self, query: CountQuery, facts: Mapping[str, Any]) -> list[ColumnElement[bool]] | None:
        # What is matched is rarer than the centre's records: that index is the one to take, where no statistics tell.
        by_statistics = self._session.get_bind().dialect.name != "sqlite"
        within = subtree(Record.unit_path, (self._path,), by_index=by_statistics)
        conditions = [Record.etype == query.entity, within]
        for theirs, ours in query.match.items():
            column = self._column(query.entity, theirs)
            if column is None:
                return None
            value = fitting(column, pointers.get(facts, ours))
            if value is None:
                return None
            conditions.append(column == value)
        if query.within_days is not None:
            conditions.append(Record.created_at >= self._now - dt.timedelta(days=query.within_days))
        if self._own_id is not None:
            conditions.append(Record.id != self._own_id)
        return conditions

    def _examined(self, query: CountQuery, base: Select[tuple[Record]]) -> int | float:
        assert query.where is not None
        rows = base.with_only_columns(Record.data).order_by(Record.id.desc()).limit(MAX_EXAMINED)
        env = Env(self._now.date(), taxonomies=self._bundle.taxonomies)
        held = [
            data
            for data in self._session.scalars(rows, execution_options=_OPTIONS)
            if evaluate(query.where, data, env)
        ]
        if query.kind == "count":
            return len(held)
        values = (pointers.get(data, query.of) for data in held)
        return sum(value for value in values if isinstance(value, int | float))

    def _column(self, etype: str, name: str) -> Any:
        """Return the column behind a pointer or a promoted column's name; None where there is none."""
        if name in _COLUMNS:
            return getattr(Record, name)
        promoted = {pointer: column for column, pointer in self._bundle.entity(etype).promoted.items()}
        column = promoted.get(name) or slots_of(self._bundle, etype).get(name)
        return getattr(Record, column) if column else None
