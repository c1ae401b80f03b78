"""Answer the rules' questions about related records, exactly, within the centre that asks.

The database counts what it can judge. Records of which it cannot tell whether they meet a condition (``condition_sql``)
are judged here, in batches, every one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.core import pointer as pointers
from portal.core.conditions import CountQuery, Env, evaluate
from portal.core.values import NUMBER, as_number
from portal.core.zone import LOCAL
from portal.persistence import scope
from portal.persistence.condition_sql import Asked, Question, Questions, ask, said
from portal.persistence.models import Record, RecordValue
from portal.services.bundles import Bundle
from portal.services.declared_places import places_of
from portal.services.field_places import ROWS, FieldPlace
from portal.services.records.entering.columns import fitting
from portal.services.records.finding.data_columns import DataColumns
from portal.services.records.privacy.encryption import opened
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

_OPTIONS = {"unscoped": "counted for the rules, within the centre's own units"}
_COLUMNS = frozenset({"dispute_type", "place", "occurred_on", "amount", "stage", "unit_id", "code"})
# So many of the records that the database cannot judge are looked at together.
BATCH = 500


class RelatedRecords:
    """The counts port of one record: how many related ones there are, or what they add up to."""

    def __init__(
        self,
        session: Session,
        bundle: Bundle,
        centre_path: str,
        now: dt.datetime,
        own_id: int | None = None,
        portal: Portal | None = None,
    ) -> None:
        """Count within a centre; ``portal`` has the keys, without which what is encrypted meets no condition."""
        self._session = session
        self._bundle = bundle
        self._path = centre_path
        self._now = now
        self._own_id = own_id
        self._portal = portal

    def __call__(self, query: CountQuery, facts: Mapping[str, Any]) -> int | float | None:
        """Return the figure; None where the record has nothing to match by, or the field is not indexed."""
        matched = self._matched(query, facts)
        if matched is None:
            return None
        names, values = matched
        wanted = "count"
        if query.kind == "sum":
            place = self._place(query.entity, query.of)
            if place is None and query.where is None:
                return None
            # What has no column is added up from the data alone.
            wanted = place.name if place is not None else "count"
            values["wanted_pointer"] = place.rows if place is not None else ""
        # What is matched is rarer than the centre's records: that index is the one to take, where no statistics tell.
        by_statistics = self._session.get_bind().dialect.name != "sqlite"
        shape = (names, query.within_days is not None, by_statistics)
        if query.where is not None:
            return self._judged(query, shape, wanted, values)
        found = self._session.scalar(_related(*shape, wanted), values, execution_options=_OPTIONS)
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

    def _judged(
        self,
        query: CountQuery,
        shape: tuple[tuple[str, ...], bool, bool],
        wanted: str,
        values: dict[str, Any],
    ) -> int | float:
        """Return the figure of the records that meet a condition: of most the database tells, the others are read."""
        assert query.where is not None
        env = Env(self._now.astimezone(LOCAL).date(), taxonomies=self._bundle.taxonomies)
        columns = DataColumns(self._bundle, query.entity)
        asked: Asked = ask(query.where, columns, env)
        of = self._bundle.entity(query.entity).promoted.get(query.of, query.of)
        if query.kind == "sum":
            number = "typed" if columns.get(of) is not None else "unsaid"
            asked = Questions("all", (asked, Question(of, number, (), NUMBER)))
        told = said(asked, columns)
        sure = _related(*shape, wanted).where(told.holds)
        figure: int | float = self._session.scalar(sure, values, execution_options=_OPTIONS) or 0
        if told.doubtful is not None:
            doubtful = _related(*shape, "data").where(told.doubtful)
            for data in self._read(doubtful, values, query.entity):
                facts = columns.facts(data)
                if evaluate(query.where, facts, env):
                    figure += 1 if query.kind == "count" else as_number(pointers.get(facts, of)) or 0
        return figure

    def _read(self, statement: Any, values: Mapping[str, Any], etype: str) -> Iterator[Mapping[str, Any]]:
        """Yield the data of records, in clear: all of them, batch by batch."""
        last = 0
        while True:
            batch = self._session.execute(
                statement.where(Record.id > last).limit(BATCH), values, execution_options=_OPTIONS
            ).all()
            for _, uid, release_id, data in batch:
                yield self._opened(etype, uid, release_id, data)
            if len(batch) < BATCH:
                return
            last = batch[-1].id

    def _opened(self, etype: str, uid: str, release_id: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._portal is None:
            return data
        own = pinned(self._portal, self._session, release_id)
        return opened(self._portal.keys, own, etype, uid, data)

    def _place(self, etype: str, name: str) -> FieldPlace | None:
        """Return the place of a pointer's or a promoted column's values; None where they have no column."""
        if name in _COLUMNS:
            return FieldPlace(name)
        promoted = {pointer: column for column, pointer in self._bundle.entity(etype).promoted.items()}
        if name in promoted:
            return FieldPlace(promoted[name])
        return places_of(self._bundle, etype).get(name)


@lru_cache(maxsize=500)
def _related(names: tuple[str, ...], since: bool, by_index: bool, wanted: str) -> Any:
    """Return the statement that counts records by some columns, adds one up, or reads their data in order.

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
        return base.with_only_columns(Record.id, Record.uid, Record.release_id, Record.data).order_by(
            Record.id
        )
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
