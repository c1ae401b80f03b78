"""What a statement reaches: which tables through mapped classes, and which past them.

The session can limit only what a mapped class stands for. A bare table or raw SQL in the midst of an ordinary
query would slip through unlimited, so it has to be noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause, TextClause
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import FromClause, ReturnsRows, Select, TableClause
from sqlalchemy.sql.visitors import HasTraverseInternals

# What a statement says in SQL before, behind and beside itself.
_SAID = ("_prefixes", "_suffixes", "_hints", "_statement_hints")
# An operator of one's own is SQL as well; one of signs alone holds no table.
_SIGNS = re.compile(r"[^\w\s()'\"`;,\[\]-]{1,4}|->>?")


@dataclass(frozen=True, slots=True)
class StatementTables:
    """The tables a statement names: all of them, and those named without their class; whether it holds raw SQL.

    ``alone`` is the one table of a SELECT that has nothing else: no join, alias, sub-select or loader option.
    """

    tables: frozenset[str]
    bare: frozenset[str]
    raw: bool
    alone: str | None = None


@dataclass(slots=True)
class _Level:
    """One SELECT: where it names a class, a bare column of the same table is limited along with it."""

    mapped: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)


def tables_in(statement: Any) -> StatementTables:
    """Return the tables that a statement names, its sub-selects included."""
    tables: set[str] = set()
    raw, plain = False, _is_plain(statement)
    levels = [_Level()]
    waiting: list[tuple[Any, _Level]] = [(statement, levels[0])]
    seen: set[FromClause] = set()
    while waiting:
        element, level = waiting.pop()
        mapper = element._annotations.get("parentmapper")
        if mapper is not None and isinstance(element, FromClause | ColumnClause):
            # Limited wherever it stands, so what it is made of need not be looked at.
            tables.add(mapper.local_table.name)
            if isinstance(getattr(element, "table", element), TableClause):
                level.mapped.add(mapper.local_table.name)
            else:
                plain = False
            continue
        if isinstance(element, TableClause):
            tables.add(element.name)
            level.bare.add(element.name)
            continue
        plain = plain and (element is statement or not isinstance(element, ReturnsRows))
        if isinstance(element, FromClause):
            if element in seen:
                continue
            seen.add(element)
        if isinstance(element, Select):
            level = _Level()
            levels.append(level)
        # A statement within another one that changes rows is limited by nothing.
        raw = raw or _is_raw(element) or (isinstance(element, UpdateBase) and element is not statement)
        waiting.extend((part, level) for part in _parts(element))
    bare = frozenset[str]().union(*(level.bare - level.mapped for level in levels))
    alone = next(iter(tables)) if plain and len(tables) == 1 else None
    return StatementTables(frozenset(tables), bare, raw, alone)


def _is_plain(statement: Any) -> bool:
    return isinstance(statement, Select) and not (
        statement._with_options or statement._setup_joins or statement._memoized_select_entities
    )


def _parts(element: Any) -> Iterable[Any]:
    if isinstance(element, Select):
        # Its own answer adds the tables behind its columns, mapped or not; what it was given tells them apart.
        return HasTraverseInternals.get_children(element, omit_attrs=("_correlate", "_correlate_except"))
    if isinstance(element, ColumnClause):
        return () if element.table is None else (element.table,)
    return element.get_children()


def _is_raw(element: Any) -> bool:
    if isinstance(element, ColumnClause):
        # SQLAlchemy itself writes the star of count(*) and the 1 of an old-style exists() so.
        return element.is_literal and element.name not in ("*", "1")
    operator = getattr(element, "operator", None)
    if isinstance(operator, custom_op):
        return not _SIGNS.fullmatch(operator.opstring)
    if isinstance(element, ReturnsRows) and any(getattr(element, name, ()) for name in _SAID):
        return True
    return isinstance(element, TextClause)
