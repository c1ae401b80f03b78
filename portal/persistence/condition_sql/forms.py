"""How SQL says the operators of the condition language, all of them in one table.

The names are those of ``Operator.sql``. A form says when a value that is there, and of the right kind, meets the
question; what a missing value means is said once, for all of them, in ``translate``. An operator on days from today or
on a tree of codes becomes a question with another form: see ``asked``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.core.table import Table
from portal.persistence.condition_sql.documents import MAX_TEXT

Test = ColumnElement[bool]
# Asked of the column, not of a value in it: what they mean is said in ``translate``.
PRESENT, MISSING = "present", "missing"


class place_in(FunctionElement[int]):
    """Where a part begins in a text, 0 where it is not there: letter by letter, capitals told apart."""

    inherit_cache = True


@compiles(place_in, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(place_in, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    text, part = (compiler.process(one, **options) for one in element.clauses)
    return f"strpos({text}, CAST({part} AS TEXT))"


@dataclass(frozen=True, slots=True)
class Form:
    """A form of SQL.

    ``holds`` is true of a value that meets the question. ``lists``: the value it compares with is a list. ``cut``: of a
    text that may have been cut it tells only that it holds. ``blank``: it could hold for an empty text.
    """

    name: str
    holds: Callable[[Any, Sequence[Any]], Test]
    lists: bool = False
    cut: bool = False
    blank: bool = False


FORMS: Table[Form] = Table(
    "forms of SQL",
    Form("eq", lambda column, values: column == values[0]),
    Form("ne", lambda column, values: column != values[0], blank=True),
    Form("lt", lambda column, values: column < values[0]),
    Form("lte", lambda column, values: column <= values[0]),
    Form("gt", lambda column, values: column > values[0]),
    Form("gte", lambda column, values: column >= values[0]),
    Form("in", lambda column, values: column.in_(values[0]), lists=True),
    Form("not_in", lambda column, values: column.not_in(values[0]), lists=True, blank=True),
    Form("contains", lambda column, values: place_in(column, values[0]) > 0, cut=True),
    # The second value is the number of letters of the first.
    Form("starts_with", lambda column, values: func.substr(column, 1, values[1]) == values[0]),
    # What operators turn into on the way; ``typed`` asks whether the value is of the kind that is meant.
    Form("typed", lambda column, _: column.is_not(None)),
    # A flag of the database itself, bare: an index of the rows that have it is found.
    Form("true", lambda column, _: column),
    Form("between", lambda column, values: and_(column >= values[0], column <= values[1])),
    Form("span", lambda column, values: and_(column >= values[0], column < values[1])),
    Form("outside", lambda column, values: or_(column < values[0], column >= values[1])),
)


def longest(column: Any) -> Test:
    """Return whether a text fills its column, so that more of it may have been cut off."""
    full: Test = func.length(column) >= MAX_TEXT
    return full
