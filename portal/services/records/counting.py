"""Answer the rules' questions about related records, in SQL, within the centre that asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.conditions import CountQuery, Env, evaluate
from portal.persistence import scope
from portal.persistence.models import Record
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
        matched = self._matched(query, facts)
        if matched is None:
            return None
        names, values = matched
        wanted = "data" if query.where is not None else "count"
        if query.kind == "sum" and query.where is None:
            column = self._column(query.entity, query.of)
            if column is None:
                return None
            wanted = column
        # What is matched is rarer than the centre's records: that index is the one to take, where no statistics tell.
        by_statistics = self._session.get_bind().dialect.name != "sqlite"
        statement = _related(names, wanted, query.within_days is not None, by_statistics)
        if query.where is not None:
            return self._examined(query, statement, values)
        found = self._session.scalar(statement, values, execution_options=_OPTIONS)
        return found if query.kind == "sum" else int(found or 0)

    def _matched(
        self, query: CountQuery, facts: Mapping[str, Any]
    ) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Return the columns that are compared, and the values of the statement's places."""
        values: dict[str, Any] = {
            "entity": query.entity,
            "low": self._path,
            "high": scope.end_of(self._path),
            "own_id": self._own_id or 0,
        }
        names = []
        for theirs, ours in query.match.items():
            name = self._column(query.entity, theirs)
            value = None if name is None else fitting(getattr(Record, name), pointers.get(facts, ours))
            if name is None or value is None:
                return None
            names.append(name)
            values[f"value_{len(names)}"] = value
        if query.within_days is not None:
            values["since"] = self._now - dt.timedelta(days=query.within_days)
        return tuple(names), values

    def _examined(self, query: CountQuery, statement: Any, values: dict[str, Any]) -> int | float:
        assert query.where is not None
        env = Env(self._now.date(), taxonomies=self._bundle.taxonomies)
        held = [
            data
            for data in self._session.scalars(statement, values, execution_options=_OPTIONS)
            if evaluate(query.where, data, env)
        ]
        if query.kind == "count":
            return len(held)
        figures = (pointers.get(data, query.of) for data in held)
        return sum(figure for figure in figures if isinstance(figure, int | float))

    def _column(self, etype: str, name: str) -> str | None:
        """Return the column behind a pointer or a promoted column's name; None where there is none."""
        if name in _COLUMNS:
            return name
        promoted = {pointer: column for column, pointer in self._bundle.entity(etype).promoted.items()}
        return promoted.get(name) or slots_of(self._bundle, etype).get(name)


@lru_cache(maxsize=500)
def _related(names: tuple[str, ...], wanted: str, since: bool, by_index: bool) -> Any:
    """Return the statement that counts records by some columns, adds one up, or fetches their data.

    Rules ask the same questions again and again: only the values differ.
    """
    path: Any = Record.unit_path if by_index else Record.unit_path.concat("")
    conditions = [Record.etype == bindparam("entity"), path >= bindparam("low"), path < bindparam("high")]
    conditions += [
        getattr(Record, name) == bindparam(f"value_{at}") for at, name in enumerate(names, start=1)
    ]
    conditions.append(Record.id != bindparam("own_id"))
    if since:
        conditions.append(Record.created_at >= bindparam("since"))
    base = select(Record).where(*conditions)
    if wanted == "data":
        return base.with_only_columns(Record.data).order_by(Record.id.desc()).limit(MAX_EXAMINED)
    figure: Any = func.count() if wanted == "count" else func.coalesce(func.sum(getattr(Record, wanted)), 0)
    return base.with_only_columns(figure)
