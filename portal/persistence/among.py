"""Whether a number is among many: one parameter whatever their number, so that the statement is made once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Text, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class _Numbers(TypeDecorator[list[int]]):
    """Numbers as one parameter: an array for PostgreSQL, which a test of a row then looks up, and a text for SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the type of a database."""
        kind: Any = ARRAY(BigInteger) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        """Return the numbers as a database takes them."""
        return value if dialect.name == "postgresql" or value is None else f"[{','.join(map(str, value))}]"


class _among(FunctionElement[Any]):
    """The test whether a column is among numbers, on the databases that the portal knows."""

    type = Boolean()
    inherit_cache = True


def among(column: Any, numbers: Iterable[int]) -> Any:
    """Return the condition that a column holds one of some numbers."""
    return _among(column, literal(list(numbers), _Numbers()))


@compiles(_among, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"


@compiles(_among, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY ({numbers})"
