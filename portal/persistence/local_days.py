"""The day on which a moment lies where the centres are, in the words of each database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.core.zone import NAME, OFFSET


class local_day(FunctionElement[Any]):
    """The day of a moment."""

    type = Date()
    inherit_cache = True


@compiles(local_day, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    # China keeps one time all year; moments are stored in UTC.
    return f"date({compiler.process(element.clauses, **options)}, '{OFFSET}')"


@compiles(local_day, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AT TIME ZONE '{NAME}' AS DATE)"
