"""Statements that are built once: looked through once, and known for what they may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, Select, bindparam, func, select

from portal.persistence.declared import Own
from portal.persistence.models import Record
from portal.persistence.scope.conditions import TABLES
from portal.persistence.statement_tables import StatementTables, tables_in

S = TypeVar("S", bound=Executable)
PREPARED: WeakKeyDictionary[Any, StatementTables] = WeakKeyDictionary()
COUNTED: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
OWNED: set[Any] = set()
MINE: dict[Any, str] = {}
DOOR = "scope_door"
ONE_PLAN = "one_plan"
# Statements that run along ``record_reach``, and whether they name the unit themselves; or what lies beside it.
ALONG: WeakKeyDictionary[Any, bool | Beside] = WeakKeyDictionary()
# Statements that count others, each of these with the type of its records.
SEVERAL: WeakKeyDictionary[Any, tuple[tuple[Any, str], ...]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """How rows that belong to records are found along reach: their column, and what must hold of the row of reach.

    Without a column they are the rows of reach themselves.
    """

    record_id: Any
    facts: tuple[Any, ...]


def prepared(statement: S) -> S:
    """Return a statement that is built once and run often: it is looked through here, not each time."""
    PREPARED[statement] = tables_in(statement)
    return statement


def one_plan(statement: S) -> S:
    """Return a statement whose plan is the same for all values: PostgreSQL plans it once for a connection.

    It finds rows by a key, or runs along an index in its order until a page is full.
    """
    return statement.execution_options(**{ONE_PLAN: True})


def owned(model: Any, order: Any, limit: int | None = None) -> Any:
    """Return the statement of a model's rows that belong to the record ``record_id``.

    Run with the option ``scope_owner``, the record itself, it needs no limit of its own.
    """
    rows = one_plan(
        select(model).where(model.record_id == bindparam("record_id")).order_by(order).limit(limit)
    )
    OWNED.add(prepared(rows))
    return rows


def mine(statement: S, parameter: str = "user_id") -> S:
    """Return a statement about the rows of the account that ``parameter`` names: run by that account alone.

    It compares the column of the account with the parameter itself, so it needs no limit of its own.
    """
    named = tables_in(prepared(statement))
    if not all(isinstance(TABLES[name].scope, Own) for name in named.tables) or named.raw:
        raise ValueError("only rows of one's own are read so")
    MINE[statement] = parameter
    return statement


def along(statement: S, *, at_place: bool = False) -> S:
    """Return a statement about records that runs along ``record_reach``, in whose order and no twice it finds them.

    It is for people whose roles for the type lie at one unit: its rows of ``RecordReach`` are those of that unit. With
    ``at_place`` they are those of a place that the statement itself names, and the records are limited like any others.
    Either way a record is found only by its own row.
    """
    if any(issubclass(one["entity"], Record) is False for one in statement.column_descriptions):  # type: ignore[attr-defined]
        raise ValueError("only records are read along the reach of a unit")
    ALONG[prepared(statement)] = at_place
    return statement


def beside(statement: S, record_id: Any, facts: Sequence[Any] = ()) -> S:
    """Return a statement about rows that belong to records, each of which the unit of the person's roles sees.

    ``record_id`` is their column, and ``facts`` what must hold of the row of ``RecordReach`` by which that unit sees
    the record. It is for people whose roles for the type lie at one unit. The row is looked up for each of the others,
    never joined: what narrows these is the statement's own part.
    """
    ALONG[prepared(statement)] = Beside(record_id, tuple(facts))
    return statement


def reached(statement: S) -> S:
    """Return a statement about rows of ``RecordReach`` alone: those of the one unit where the person's roles lie."""
    if tables_in(prepared(statement)).tables != {"record_reach"}:
        raise ValueError("only rows of reach are read so")
    ALONG[statement] = Beside(None, ())
    return statement


def prepared_counts(rows: Sequence[tuple[Select[Any], str]]) -> Select[Any]:
    """Return the statement that counts the rows of several others, each with the type of its records.

    Within an access each counts what that one sees.
    """
    for one, _ in rows:
        if one not in ALONG:
            raise ValueError("only rows along the reach of a unit are counted together")
    counted = prepared(numbers_of([one for one, _ in rows]))
    SEVERAL[counted] = tuple(rows)
    return counted


def numbers_of(rows: Sequence[Any]) -> Select[Any]:
    """Return the statement of how many rows each of several others has."""
    return select(*(select(func.count()).select_from(one.subquery()).scalar_subquery() for one in rows))


def door(statement: S, reason: str) -> S:
    """Return a statement that passes the limits of accounts and internal tables, for the reason given.

    What belongs to records, and the audit log, stays closed to it.
    """
    if not reason:
        raise ValueError("a way past the row scope needs a reason")
    return statement.execution_options(**{DOOR: reason})


def number_of(rows: Any) -> Select[int]:
    """Return the statement of how many rows another one has; one plan serves both, or neither."""
    counted = select(func.count()).select_from(rows.subquery())
    return one_plan(counted) if rows.get_execution_options().get(ONE_PLAN) else counted


def prepared_count(rows: Select[Any]) -> Select[int]:
    """Return the statement that counts the rows of another one; within an access it counts what that one sees."""
    counted = prepared(number_of(rows))
    COUNTED[counted] = rows
    return counted
