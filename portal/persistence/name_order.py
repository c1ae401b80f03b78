"""Names in the order of a Chinese list, the same on both databases.

The order is that of GB 18030: common characters by pinyin, as in GB 2312; rarer ones by radical, before or after.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class by_name(FunctionElement[bytes]):
    """What a list sorts by where a column holds names."""

    type = LargeBinary()
    inherit_cache = True


def gb18030(text: str | None) -> bytes | None:
    """Return what SQLite compares; PostgreSQL has the same conversion built in."""
    return None if text is None else text.encode("gb18030")


@compiles(by_name, "sqlite")
def _on_sqlite(element: by_name, compiler: SQLCompiler, **options: Any) -> str:
    return f"gb18030({compiler.process(element.clauses, **options)})"


@compiles(by_name, "postgresql")
def _on_postgresql(element: by_name, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **options)}, 'GB18030')"
