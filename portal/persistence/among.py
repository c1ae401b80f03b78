"""Whether a number is among many: one parameter whatever their number, so that the statement is made once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _among(FunctionElement[Any]):
    """The test whether a column is among the numbers of a JSON list."""

    type = Boolean()
    inherit_cache = True


def among(column: Any, numbers: Iterable[int]) -> Any:
    """Return the condition that a column holds one of some numbers."""
    return _among(column, literal("[" + ",".join(map(str, numbers)) + "]"))


@compiles(_among, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"


@compiles(_among, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY (CAST(translate({numbers}, '[]', '{{}}') AS BIGINT[]))"
