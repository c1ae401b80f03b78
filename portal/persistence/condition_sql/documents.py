"""What the JSON document of a record says of one field, for columns that may have left its value out or cut it.

A column finds records by an index; the document confirms that the column has the field's own value. Where the two do
not agree (a value of another kind, a text that was cut, a column that is not filled yet), SQL says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Float, String, and_, case, false, func, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from portal.core import pointer as pointers
from portal.core.blank import blank_signs
from portal.core.values import BOOLEAN, DATE, NUMBER, TEXT

Test = ColumnElement[bool]
# Longer texts are cut in columns.
MAX_TEXT = 200
# Whole numbers beyond this have neighbours that no column tells apart.
EXACT = float(2**53)
# Names that mean themselves in the paths of both databases; a number could be the place of an item.
_NAME = re.compile(r"(?!\d+\Z)[\w-]+")
JSON_KINDS = {
    TEXT: ("string", "text"),
    NUMBER: ("number", "integer", "real"),
    BOOLEAN: ("boolean", "true", "false"),
    DATE: ("string", "text"),
}


class json_kind(FunctionElement[str]):
    """The kind of the value at a path, as the database names it."""

    type = String()
    inherit_cache = True


class json_text(FunctionElement[str]):
    """The text at a path."""

    type = String()
    inherit_cache = True


class json_number(FunctionElement[float]):
    """The number at a path; nothing where there is none, or where it is too large to be compared."""

    type = Float()
    inherit_cache = True


class json_true(FunctionElement[bool]):
    """Whether true stands at a path."""

    type = Boolean()
    inherit_cache = True


class iso_day(FunctionElement[str]):
    """A day as a document writes it."""

    type = String()
    inherit_cache = True


def _sqlite(name: str, element: Any, compiler: SQLCompiler, options: Any) -> str:
    document, *path = (compiler.process(part, **options) for part in element.clauses)
    # Names hold no quotation marks: see ``_NAME``.
    steps = """ || '"."' || """.join(path)
    return f"""{name}({document}, '$."' || {steps} || '"')"""


def _postgresql(name: str, element: Any, compiler: SQLCompiler, options: Any) -> str:
    document, *path = (compiler.process(part, **options) for part in element.clauses)
    return f"{name}({', '.join([document, *(f'CAST({part} AS TEXT)' for part in path)])})"


@compiles(json_kind, "sqlite")
def _kind_on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return _sqlite("json_type", element, compiler, options)


@compiles(json_kind, "postgresql")
def _kind_on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_typeof({_postgresql('jsonb_extract_path', element, compiler, options)})"


@compiles(json_text, "sqlite")
def _text_on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return _sqlite("json_extract", element, compiler, options)


@compiles(json_text, "postgresql")
def _text_on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return _postgresql("jsonb_extract_path_text", element, compiler, options)


@compiles(json_number, "sqlite")
def _number_on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_sqlite('json_extract', element, compiler, options)} AS REAL)"


@compiles(json_number, "postgresql")
def _number_on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    value = _postgresql("jsonb_extract_path", element, compiler, options)
    # What is no number, and one beyond all that a column holds, is never cast: either would end the statement.
    number = f"WHEN jsonb_typeof({value}) = 'number' THEN"
    fitting = f"CASE WHEN abs(CAST({value} AS NUMERIC)) < 1e300 THEN CAST({value} AS DOUBLE PRECISION) END"
    return f"CASE {number} {fitting} END"


@compiles(json_true, "sqlite")
def _true_on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"({_sqlite('json_type', element, compiler, options)} = 'true')"


@compiles(json_true, "postgresql")
def _true_on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"({_postgresql('jsonb_extract_path_text', element, compiler, options)} = 'true')"


@compiles(iso_day, "sqlite")
def _day_on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


@compiles(iso_day, "postgresql")
def _day_on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)}, 'YYYY-MM-DD')"


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document, and the places in it at which a field's value may stand, the first that has one counting."""

    column: Any
    places: tuple[tuple[str, ...], ...]

    def is_of(self, kind: str) -> Test:
        """Return whether the value is of the sort that a kind of literal is compared with; a day is a text here."""
        return self._at(lambda path: self._of(path, kind))

    def is_missing(self) -> Test:
        """Return whether there is no value, or an empty one."""
        return not_(self._at(lambda path: not_(self._empty(path))))

    def agrees(self, column: ColumnElement[Any], kind: str) -> Test:
        """Return whether the value is of a kind, and the column has it whole or, of a text, its beginning."""

        def same(path: tuple[str, ...]) -> Test:
            of_kind = self._of(path, kind)
            match kind:
                case "text":
                    return and_(of_kind, func.substr(json_text(self.column, *path), 1, MAX_TEXT) == column)
                case "date":
                    return and_(of_kind, json_text(self.column, *path) == iso_day(column))
                case "boolean":
                    one = case((json_true(self.column, *path), 1.0), else_=0.0)
                    return and_(of_kind, one == column)
                case _:
                    small = func.abs(column) < EXACT
                    return and_(of_kind, small, json_number(self.column, *path) == column)

        return self._at(same)

    def _at(self, says: Callable[[tuple[str, ...]], Test]) -> Test:
        """Return what is said of the first place that has a value; False where none has."""
        given = (self._given(path) for path in self.places)
        return case(
            *((there, says(path)) for there, path in zip(given, self.places, strict=True)), else_=false()
        )

    def _given(self, path: tuple[str, ...]) -> Test:
        return func.coalesce(json_kind(self.column, *path), "null") != "null"

    def _of(self, path: tuple[str, ...], kind: str) -> Test:
        return json_kind(self.column, *path).in_(JSON_KINDS[kind])

    def _empty(self, path: tuple[str, ...]) -> Test:
        kind, text = json_kind(self.column, *path), json_text(self.column, *path)
        return or_(
            and_(kind.in_(JSON_KINDS[TEXT]), func.trim(text, blank_signs()) == ""),
            and_(kind == "array", text == "[]"),
            and_(kind == "object", text == "{}"),
        )


def document(column: Any, pointer: str, earlier: Sequence[str] = ()) -> Document | None:
    """Return what a document says of a field; None for one that the databases cannot be asked about alike.

    That is a field in the rows of a list, and one whose name is a number or holds other signs than letters.
    """
    places = tuple(tuple(pointers.split(one)) for one in (pointer, *earlier))
    named = all(place and all(_NAME.fullmatch(part) for part in place) for place in places)
    return Document(column, places) if named else None
