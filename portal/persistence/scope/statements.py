"""Statements that are built once: looked through once, and known for what they may read."""

from __future__ import annotations

from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, Select, bindparam, func, select

from portal.persistence.declared import Own
from portal.persistence.reach import Reach, reach_of
from portal.persistence.scope.conditions import TABLES

S = TypeVar("S", bound=Executable)
PREPARED: WeakKeyDictionary[Any, Reach] = WeakKeyDictionary()
COUNTED: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
OWNED: set[Any] = set()
MINE: dict[Any, str] = {}
DOOR = "scope_door"


def prepared(statement: S) -> S:
    """Return a statement that is built once and run often: it is looked through here, not each time."""
    PREPARED[statement] = reach_of(statement)
    return statement


def owned(model: Any, order: Any, limit: int | None = None) -> Any:
    """Return the statement of a model's rows that belong to the record ``record_id``.

    Run with the option ``scope_owner``, the record itself, it needs no limit of its own.
    """
    rows = select(model).where(model.record_id == bindparam("record_id")).order_by(order).limit(limit)
    OWNED.add(prepared(rows))
    return rows


def mine(statement: S, parameter: str = "user_id") -> S:
    """Return a statement about the rows of the account that ``parameter`` names: run by that account alone.

    It compares the column of the account with the parameter itself, so it needs no limit of its own.
    """
    reach = reach_of(prepared(statement))
    if not all(isinstance(TABLES[name].scope, Own) for name in reach.tables) or reach.raw:
        raise ValueError("only rows of one's own are read so")
    MINE[statement] = parameter
    return statement


def door(statement: S, reason: str) -> S:
    """Return a statement that passes the limits of accounts and internal tables, for the reason given.

    What belongs to records, and the audit log, stays closed to it.
    """
    if not reason:
        raise ValueError("a way past the row scope needs a reason")
    return statement.execution_options(**{DOOR: reason})


def prepared_count(rows: Select[Any]) -> Select[int]:
    """Return the statement that counts the rows of another one; within an access it counts what that one sees."""
    counted = prepared(select(func.count()).select_from(rows.subquery()))
    COUNTED[counted] = rows
    return counted
