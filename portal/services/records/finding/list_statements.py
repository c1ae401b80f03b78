"""The statements of lists, kept by their shape: people ask the same few questions with other values.

A field without a column of ``record`` has rows in ``record_value``. A list in the order of such a field runs along
the index of the rows, and looks each record up; a filter by one is a set of records, found by the same index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from portal.persistence.condition_sql import Asked, Column, OwnColumn, RowColumn, UnitColumn, said
from portal.persistence.condition_sql.columns import Kind
from portal.persistence.models import Record, RecordReach, RecordText, RecordValue
from portal.persistence.models.reach import ORDERS, OWNER
from portal.persistence.name_order import by_name
from portal.persistence.scope import along, one_plan, prepared, prepared_count
from portal.persistence.text_match import Holds
from portal.services.field_places import ROWS, FieldPlace
from portal.services.records.finding.filter_conditions import FieldColumn, never_empty

ALL, PRESENT, MISSING = "all", "present", "missing"
# A number of a record as people type it: 榆综2026-00001, 榆综[2026]00001, 榆综202600001, 榆综2026年1号.
_NUMBER = re.compile(
    r"(?P<before>[^\d\s〔\[(（【［{]{0,20})[〔\[(（【［{]{0,2}(?P<year>(?:19|20)\d\d)[〕\])）】］}年]{0,2}[-—–－_·.第]{0,3}"
    r"(?P<running>\d{0,12})号?"
)
MAX_KEPT = 1_000
_KINDS: Mapping[str, Kind] = {
    "home": "unit",
    "text": "text",
    "number": "number",
    "date": "day",
    "moment": "moment",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A field that a list is filtered by: where its values lie, and how."""

    place: FieldPlace
    kind: Kind
    given: bool = False

    @classmethod
    def of(cls, field: FieldColumn) -> Compared:
        """Return what statements need to know of a field; a declared yes or no lies in a column of numbers."""
        flag: Kind = "flag" if field.pointer else "boolean"
        return cls(field.place, _KINDS.get(field.kind, flag), field.key in never_empty())


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes two lists the same statement: fields compared and how, order, what narrows them.

    ``filters`` are questions whose values are parameters. ``among``: the records are some of those in the parameter.
    """

    filters: tuple[Asked, ...]
    fields: tuple[tuple[str, Compared], ...]
    among: bool
    words: int
    parent: bool
    under: bool
    order: str
    order_rows: str
    descending: bool
    # Names are put in order one by one: no index holds them as people sort them.
    by_name: bool = False
    # For each word whether it is looked for in the texts of fields as well.
    texts: tuple[bool, ...] = ()


class Way(Enum):
    """How the records of a list are found: tested one by one against the scope, or along the reach of one unit.

    ``REACH`` is the unit where the person's roles lie, ``PLACE`` the one that the list is narrowed to: its rows of
    ``record_reach`` have the order of the list. For roles at several units there is no such order.
    """

    TESTED = "tested"
    REACH = "reach"
    PLACE = "place"


@lru_cache(maxsize=MAX_KEPT)
def page_of(shape: Shape, way: Way, part: str) -> Select[tuple[Record]]:
    """Return the statement of a page: all rows, or those whose sort column holds something, or the others."""
    base, column, tie = _base(shape, way, part)
    if part == MISSING:
        base = base.order_by(tie.desc())
    else:
        place = by_name(column) if shape.by_name else column
        base = base.order_by(*((place.desc(), tie.desc()) if shape.descending else (place, tie)))
    base = base.offset(bindparam("skip", type_=Integer)).limit(bindparam("take", type_=Integer))
    if way != Way.TESTED and part != MISSING and shape.order in ORDERS and not _narrowed(shape):
        base = one_plan(base)
    return prepared(base) if way == Way.TESTED else along(base, at_place=way == Way.PLACE)


@lru_cache(maxsize=MAX_KEPT)
def count_of(shape: Shape, way: Way, part: str) -> Select[int]:
    """Return the statement that counts the rows, as far as the parameter ``most``."""
    most = bindparam("most", type_=Integer)
    if way == Way.REACH and part == ALL and not _narrowed(shape):
        reached = select(RecordReach.record_id).where(RecordReach.etype == bindparam("etype"))
        return prepared_count(one_plan(reached.limit(most)))
    base, _, _ = _base(shape, way, part)
    few = base.with_only_columns(Record.id).limit(most)
    return prepared_count(few if way == Way.TESTED else along(few, at_place=way == Way.PLACE))


def _narrowed(shape: Shape) -> bool:
    return bool(shape.filters or shape.among or shape.words or shape.parent)


_SEEN = select(RecordReach.record_id).where(RecordReach.etype == bindparam("etype"))
_MOST = bindparam("most", type_=Integer)
# How many records the unit of the roles sees, or a place owns at most: as far as the parameter ``most``.
SEEN = {
    Way.REACH: prepared_count(_SEEN.limit(_MOST)),
    Way.PLACE: prepared_count(
        along(
            select(Record.id)
            .join(RecordReach, RecordReach.record_id == Record.id)
            .where(RecordReach.etype == bindparam("etype"), RecordReach.unit_id == bindparam("under"))
            .limit(_MOST),
            at_place=True,
        )
    ),
}


def _base(shape: Shape, way: Way, part: str) -> tuple[Select[tuple[Record]], Any, Any]:
    """Return the records that are wanted, with the column they are put in order by and what decides a tie."""
    base = select(Record).where(Record.etype == bindparam("etype"))
    if way != Way.TESTED:
        base = base.join(RecordReach, RecordReach.record_id == Record.id)
        base = base.where(RecordReach.etype == bindparam("etype"))
    rows = aliased(RecordValue) if shape.order.startswith(ROWS) and part == PRESENT else None
    columns = {key: _column(one, rows, shape) for key, one in shape.fields}
    for asked in shape.filters:
        base = base.where(said(asked, columns).holds)
    if shape.among:
        base = base.where(Record.id.in_(bindparam("among", expanding=True)))
    if shape.parent:
        base = base.where(Record.parent_id == bindparam("parent_id"))
    for at in range(shape.words):
        titled = like(Record.search_text, bindparam(f"word_{at}"))
        base = base.where(or_(titled, _written(at)) if shape.texts[at] else titled)
    if way == Way.PLACE:
        base = base.where(RecordReach.unit_id == bindparam("under"), RecordReach.why == OWNER)
    elif shape.under:
        base = base.where(Record.unit_path >= bindparam("low"), Record.unit_path < bindparam("high"))
    if rows is not None:
        own = _of_field(rows, "order")
        column = getattr(rows, shape.order.removeprefix(ROWS))
        base = base.join(rows, Record.id == rows.record_id).where(own, column.is_not(None))
        return base, column, rows.record_id
    if shape.order.startswith(ROWS):
        if part == MISSING:
            base = base.where(~_has(shape.order.removeprefix(ROWS), "order"))
        return base, Record.id, Record.id
    if way != Way.TESTED and shape.order in ORDERS:
        # Put in order before any record is fetched: only those of the page are.
        column, tie = getattr(RecordReach, shape.order), RecordReach.record_id
    else:
        column, tie = getattr(Record, shape.order), Record.id
    if part != ALL:
        base = base.where(column.is_(None) if part == MISSING else column.is_not(None))
    return base, column, tie


def _written(at: int) -> ColumnElement[bool]:
    """Return whether a word stands in one of the fields whose texts the person may look into."""
    row = aliased(RecordText)
    found = select(row.record_id).where(row.etype == bindparam("etype"), *written(row, at))
    return Record.id.in_(found)


def written(row: Any, at: int) -> tuple[ColumnElement[bool], ...]:
    """Return what must hold of a row of texts that has a word, by the parameters of the word and ``open_texts``."""
    return (
        row.pointer.in_(bindparam("open_texts", expanding=True)),
        Holds(row.id, row.grams, bindparam(f"asked_{at}", type_=Text)),
        like(row.grams, bindparam(f"follows_{at}", type_=Text)),
    )


def _column(field: Compared, rows: Any, shape: Shape) -> Column:
    """Return the column of a field; one that gives the order as well is looked at in the same rows."""
    place = field.place
    if field.kind == "unit":
        return UnitColumn(Record.handler_unit_id, Record.handler_path)
    if not place.rows:
        return OwnColumn(getattr(Record, place.column), field.kind, given=field.given)
    if rows is not None and place.rows == shape.order_rows and place.name == shape.order:
        return OwnColumn(getattr(rows, place.column), field.kind, given=True)
    return RowColumn(place.column, bindparam("etype"), place.rows, field.kind)


def like(column: Any, pattern: Any) -> ColumnElement[bool]:
    """Return whether a column matches a pattern of ``escaped`` texts."""
    return column.like(pattern, escape="/")  # type: ignore[no-any-return]


def escaped(text: str) -> str:
    """Return a text as a pattern that matches it alone."""
    return "".join(f"/{letter}" if letter in "%_/" else letter for letter in text)


def pattern_of(word: str) -> str:
    """Return the pattern that finds a word; a number of a record is found without its brackets and with dashes."""
    found = _NUMBER.fullmatch(word)
    if found is None or not (found["before"] or found["running"]):
        return f"%{escaped(word)}%"
    parts = (escaped(found["before"]), found["year"], found["running"])
    return "%" + "%".join(part for part in parts if part) + "%"


def _has(column: str, place: str) -> ColumnElement[bool]:
    """Return whether a record has a value of a field: looked up, never by listing all that have one."""
    values = aliased(RecordValue)
    return exists().where(
        values.record_id == Record.id,
        values.pointer == bindparam(f"{place}_pointer"),
        getattr(values, column).is_not(None),
    )


def _of_field(values: Any, place: str) -> ColumnElement[bool]:
    of_field: ColumnElement[bool] = (values.etype == bindparam("etype")) & (
        values.pointer == bindparam(f"{place}_pointer")
    )
    return of_field
