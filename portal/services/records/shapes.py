"""The statements of lists, kept by their shape: people ask the same few questions with other values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select

from portal.persistence.models import Record
from portal.persistence.name_order import by_name
from portal.persistence.scope import prepared, prepared_count
from portal.services.records.filters import compared, like

ALL, PRESENT, MISSING = "all", "present", "missing"
MAX_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes two lists the same statement: columns compared and how, order, what narrows them."""

    filters: tuple[tuple[str, str], ...]
    words: int
    parent: bool
    under: bool
    order: str
    descending: bool
    # Names are put in order one by one: no index holds them as people sort them.
    by_name: bool = False


@lru_cache(maxsize=MAX_KEPT)
def page_of(shape: Shape, by_index: bool, part: str) -> Select[tuple[Record]]:
    """Return the statement of a page: all rows, or those whose sort column holds something, or the others."""
    column, tie = getattr(Record, shape.order), Record.id
    base = _base(shape, by_index, part)
    if part == MISSING:
        base = base.order_by(tie.desc())
    else:
        place = by_name(column) if shape.by_name else column
        base = base.order_by(*((place.desc(), tie.desc()) if shape.descending else (place, tie)))
    return prepared(base.offset(bindparam("skip", type_=Integer)).limit(bindparam("take", type_=Integer)))


@lru_cache(maxsize=MAX_KEPT)
def count_of(shape: Shape, by_index: bool, part: str) -> Select[int]:
    """Return the statement that counts the rows, as far as the parameter ``most``."""
    few = _base(shape, by_index, part).with_only_columns(Record.id).limit(bindparam("most", type_=Integer))
    return prepared_count(few)


def _base(shape: Shape, by_index: bool, part: str) -> Select[tuple[Record]]:
    base = select(Record).where(Record.etype == bindparam("etype"))
    for at, (name, op) in enumerate(shape.filters):
        base = base.where(compared(getattr(Record, name), op, f"filter_{at}"))
    if shape.parent:
        base = base.where(Record.parent_id == bindparam("parent_id"))
    for at in range(shape.words):
        base = base.where(like(Record.search_text, bindparam(f"word_{at}")))
    if shape.under:
        # Without its index the path is only tested, row by row: see ``scope.subtree``.
        path: Any = Record.unit_path if by_index else Record.unit_path.concat("")
        base = base.where(path >= bindparam("low"), path < bindparam("high"))
    column = getattr(Record, shape.order)
    if part == ALL:
        return base
    return base.where(column.is_(None) if part == MISSING else column.is_not(None))
