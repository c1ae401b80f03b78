"""Answer the rules' questions about related records, in SQL, within the centre that asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.core import pointer as pointers
from portal.core.conditions import CountQuery, Env, evaluate
from portal.persistence import scope
from portal.persistence.models import Record, RecordValue
from portal.services.bundles import Bundle
from portal.services.declared_places import places_of
from portal.services.field_places import ROWS, FieldPlace
from portal.services.records.entering.columns import fitting

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
            place = self._place(query.entity, query.of)
            if place is None:
                return None
            wanted = place.name
            values["wanted_pointer"] = place.rows
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
            place = self._place(query.entity, theirs)
            held = RecordValue if place is not None and place.rows else Record
            value = None if place is None else fitting(getattr(held, place.column), pointers.get(facts, ours))
            if place is None or value is None:
                return None
            names.append(place.name)
            values[f"value_{len(names)}"] = value
            values[f"value_{len(names)}_pointer"] = place.rows
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

    def _place(self, etype: str, name: str) -> FieldPlace | None:
        """Return the place of a pointer's or a promoted column's values; None where they have no column."""
        if name in _COLUMNS:
            return FieldPlace(name)
        promoted = {pointer: column for column, pointer in self._bundle.entity(etype).promoted.items()}
        if name in promoted:
            return FieldPlace(promoted[name])
        return places_of(self._bundle, etype).get(name)


@lru_cache(maxsize=500)
def _related(names: tuple[str, ...], wanted: str, since: bool, by_index: bool) -> Any:
    """Return the statement that counts records by some columns, adds one up, or fetches their data.

    Rules ask the same questions again and again: only the values differ.
    """
    path: Any = Record.unit_path if by_index else Record.unit_path.concat("")
    conditions = [Record.etype == bindparam("entity"), path >= bindparam("low"), path < bindparam("high")]
    conditions += [_matching(name, f"value_{at}") for at, name in enumerate(names, start=1)]
    conditions.append(Record.id != bindparam("own_id"))
    if since:
        conditions.append(Record.created_at >= bindparam("since"))
    base = select(Record).where(*conditions)
    if wanted == "data":
        return base.with_only_columns(Record.data).order_by(Record.id.desc()).limit(MAX_EXAMINED)
    if wanted == "count":
        return base.with_only_columns(func.count())
    if not wanted.startswith(ROWS):
        return base.with_only_columns(func.coalesce(func.sum(getattr(Record, wanted)), 0))
    held = aliased(RecordValue)
    added = base.join(held, (held.record_id == Record.id) & (held.pointer == bindparam("wanted_pointer")))
    return added.with_only_columns(func.coalesce(func.sum(getattr(held, wanted.removeprefix(ROWS))), 0))


def _matching(name: str, place: str) -> Any:
    """Return the condition that a record has the value ``place`` in a column, of its own or of its rows."""
    if not name.startswith(ROWS):
        return getattr(Record, name) == bindparam(place)
    held = aliased(RecordValue)
    return Record.id.in_(
        select(held.record_id).where(
            held.etype == bindparam("entity"),
            held.pointer == bindparam(f"{place}_pointer"),
            getattr(held, name.removeprefix(ROWS)) == bindparam(place),
        )
    )
