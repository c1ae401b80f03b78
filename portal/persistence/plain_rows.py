"""The writer of plain new rows: what an act adds beside its record, written together by few statements.

History, decisions, audit entries, messages and index rows are only ever added, complete and by identifiers. They need
nothing of what SQLAlchemy's unit of work does for a thing that may change later, and that costs more than storing them.
So ``UnitOfWork.add`` keeps them here until the session is flushed. Then each is asked for its row scope and noted in
the ledger, exactly as things of the session are, and all are inserted: on PostgreSQL by one statement for all tables,
its rows handed over as one JSON document per table; on SQLite by one statement per table.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Dialect, Table, event
from sqlalchemy.orm import Session, SessionTransaction, make_transient_to_detached

from portal.core.audit import FIELDS
from portal.persistence import ledger, scope
from portal.persistence.models import (
    AuditEntry,
    Clock,
    Decision,
    FigureDelta,
    LookupCode,
    OutboxMessage,
    RecordEvent,
    RecordReach,
    RecordSource,
    RecordTerm,
    RecordText,
    RecordValue,
)
from portal.persistence.models.audit import completed

# The last of these that is written tells the identifiers of its rows: others point at decisions.
PLAIN: tuple[Any, ...] = (
    RecordEvent,
    RecordTerm,
    RecordText,
    RecordValue,
    RecordSource,
    LookupCode,
    Clock,
    FigureDelta,
    OutboxMessage,
    AuditEntry,
    Decision,
)
# Written in the same way, as values: they follow from acts, and nobody writes one as a thing of a session.
FOLLOWING: tuple[Any, ...] = (RecordReach,)
# Things that a later act of the same transaction may change: from when they are written, the session knows them.
_CHANGING = frozenset({Clock})
_KEY = "plain_rows"
Row = dict[str, Any]
T = TypeVar("T")


class WritingSession(Session):
    """A session that writes the rows that wait whenever it is flushed."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was changed and added."""
        super().flush(objects)
        write(self)

    def flush_things(self) -> None:
        """Write what may change later, where what follows has to know its identifiers; plain rows go on waiting."""
        super().flush()


def add(session: Session, things: Iterable[Any]) -> None:
    """Store new rows with the session's transaction; those of ``PLAIN`` wait here for ``write``.

    Within a savepoint they are things of the session: it may take them back.
    """
    waits = isinstance(session, WritingSession) and not session.in_nested_transaction()
    for thing in things:
        if waits and type(thing) in PLAIN:
            session.info.setdefault(_KEY, []).append(thing)
        else:
            session.add(thing)


def waiting(session: Session, model: type[T]) -> list[T]:
    """Return the new rows of a model that are not stored yet: a statement does not find them."""
    kept = (*session.info.get(_KEY, ()), *session.new)
    return [one for one in kept if isinstance(one, model)]


def add_following(session: Session, model: Any, rows: Iterable[Row]) -> None:
    """Store rows of a table that acts alone write, as values: their scope is that of the act they follow from."""
    if model not in FOLLOWING:
        raise ValueError(f"rows of {model.__tablename__} are things of a session")
    if not isinstance(session, WritingSession) or session.in_nested_transaction():
        _insert(session, {model: list(rows)})
    else:
        session.info.setdefault(_KEY, []).extend(_Following(model, row) for row in rows)


def write(session: Session) -> None:
    """Insert the rows that wait, each within the scope of the session and noted in its ledger."""
    things = session.info.pop(_KEY, None)
    if not things:
        return
    rows: dict[Any, list[Any]] = {model: [] for model in (*FOLLOWING, *PLAIN)}
    for thing in things:
        if isinstance(thing, _Following):
            rows[thing.model].append(thing.row)
            continue
        _tie(thing)
        scope.check_written(session, thing)
        ledger.note_added(session, thing)
        rows[type(thing)].append(thing)
    found = {model: added for model, added in rows.items() if added}
    _insert(session, found)
    for model in _CHANGING & found.keys():
        for thing in found[model]:
            make_transient_to_detached(thing)
            session.add(thing)


def _insert(session: Session, rows: dict[Any, list[Any]]) -> None:
    connection = session.connection()
    insert = _insert_at_once if connection.dialect.name == "postgresql" else _insert_by_table
    insert(connection, rows)


@dataclass(frozen=True, slots=True)
class _Following:
    model: Any
    row: Row


def _tie(thing: Any) -> None:
    """Give a row that was made beside a new record the record's identifier, which is known by now."""
    record = thing.__dict__.get("record")
    if record is not None and thing.record_id is None:
        thing.record_id = record.id


@dataclass(frozen=True, slots=True)
class _Shape:
    """The columns that are written of a table, in order, with what stands where a row says nothing."""

    table: Table
    columns: tuple[Column[Any], ...]
    usual: dict[str, Callable[[], Any]]

    def row(self, thing: Any) -> Row:
        """Return the values of a thing."""
        said = thing if isinstance(thing, dict) else thing.__dict__
        return {name: said[name] if name in said else usual() for name, usual in self.usual.items()}


@lru_cache(maxsize=50)
def _shape(model: Any) -> _Shape:
    table = model.__table__
    columns = tuple(column for column in table.c if column is not table.autoincrement_column)
    return _Shape(table, columns, {column.name: _usual(column) for column in columns})


def _usual(column: Column[Any]) -> Callable[[], Any]:
    """Return what makes the value of a column that a row leaves out."""
    default: Any = column.default
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


def _values(model: Any, things: Sequence[Any]) -> list[Row]:
    if model is AuditEntry:
        return [completed({name: thing.__dict__.get(name) for name in FIELDS}) for thing in things]
    shape = _shape(model)
    return [shape.row(thing) for thing in things]


def _insert_at_once(connection: Connection, rows: dict[Any, list[Any]]) -> None:
    models = tuple(rows)
    said = {model.__tablename__: _json(_values(model, things)) for model, things in rows.items()}
    result = connection.exec_driver_sql(_together(connection.dialect, models), said)
    if models[-1] is Decision:
        # The rows of a document are taken in their order, and so are the numbers of the sequence.
        _number(rows[Decision], sorted(row[0] for row in result))
    result.close()


def _insert_by_table(connection: Connection, rows: dict[Any, list[Any]]) -> None:
    for model, things in rows.items():
        text, processors = _insertion(connection.dialect, model)
        values = [
            tuple(process(row[name]) if process else row[name] for name, process in processors)
            for row in _values(model, things)
        ]
        if model is Decision:
            _number(things, [connection.exec_driver_sql(text, one).lastrowid for one in values])
        else:
            connection.exec_driver_sql(text, values)


def _number(things: Sequence[Any], identifiers: Sequence[int]) -> None:
    for thing, identifier in zip(things, identifiers, strict=True):
        thing.id = identifier


def _moment(value: Any) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of a column")


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_moment).encode


@lru_cache(maxsize=200)
def _together(dialect: Dialect, models: Any) -> str:
    """Return the statement that inserts rows of several tables on PostgreSQL; only names of our own stand in it."""
    parts = [_from_document(dialect, _shape(model)) for model in models]
    with_others = ", ".join(f"added_{number} AS ({part})" for number, part in enumerate(parts[:-1]))
    returning = " RETURNING id" if models[-1] is Decision else ""
    return f"{f'WITH {with_others} ' if with_others else ''}{parts[-1]}{returning}"


def _from_document(dialect: Dialect, shape: _Shape) -> str:
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in shape.columns)
    # The table itself says the types: the driver keeps a statement parsed up to 4,096 characters only.
    table = quote(shape.table.name)
    rows = f"json_populate_recordset(NULL::{table}, %({shape.table.name})s::json)"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"


@lru_cache(maxsize=200)
def _insertion(dialect: Dialect, model: Any) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Return the statement that inserts a row on SQLite, and what makes each of its values ready."""
    shape, quote = _shape(model), dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in shape.columns)
    places = ", ".join("?" for _ in shape.columns)
    processors = tuple(
        (column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in shape.columns
    )
    return f"INSERT INTO {quote(shape.table.name)} ({names}) VALUES ({places})", processors


def _forget(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_KEY, None)


def install() -> None:
    """Listen on every session there is or will be."""
    if not event.contains(Session, "after_soft_rollback", _forget):
        event.listen(Session, "after_soft_rollback", _forget)
