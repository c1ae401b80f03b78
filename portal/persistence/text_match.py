"""The question which texts hold some words, as each database asks its own index."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from portal.core.grams import Sought

# What the migration makes beside the models begins with this: the words of ``record_text`` as the database has them.
INDEX = "record_text_index"


class Holds(FunctionElement[bool]):
    """Whether a row of ``record_text``, by its ``id`` and ``grams``, holds the words of a parameter."""

    inherit_cache = True
    type = Boolean()
    name = "text_holds"


def asked(found: Sought, dialect: str) -> str:
    """Return a word as the index of a database is asked for it: only letters and digits stand in it beside signs."""
    if dialect == "postgresql":
        return " & ".join((*found.pairs, *(f"{one}:*" for one in found.beginnings)))
    return " AND ".join((*found.pairs, *(f"{one}*" for one in found.beginnings)))


def is_beside(name: str | None) -> bool:
    """Tell whether a table or an index of the database is one that the words are found by, and no model's own."""
    return name is not None and name.startswith(INDEX)


@compiles(Holds, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    number, _, words = (compiler.process(one, **kw) for one in element.clauses)
    return f"{number} IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH {words})"


@compiles(Holds, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    _, grams, words = (compiler.process(one, **kw) for one in element.clauses)
    return f"to_tsvector('simple'::regconfig, {grams}) @@ to_tsquery('simple'::regconfig, {words})"
