"""The statements of worklists, kept by their shape: people ask the same questions with other values.

Where the roles of a person lie at one unit, a worklist runs along its reach; else each row is tested. What a row of
reach answers alone is counted without any record. Rows of referrals and periods are found by what they say themselves,
and for each of them the row of reach is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select

from portal.core.errors import DefinitionError, msg
from portal.persistence import scope
from portal.persistence.condition_sql import Asked, Column, said
from portal.persistence.models import Clock, Record, RecordReach, Referral
from portal.services.records.finding.list_statements import ALL, MISSING, PRESENT
from portal.services.records.handling.waiting_columns import OF_SOURCE, sorting
from portal.services.records.handling.waiting_reach import KEPT, fields, reach_columns

# Rows of these sorts; a sort without a table has no rows.
SOURCES: Mapping[str, Any] = {model.__tablename__: model for model in (Record, Referral, Clock)}
MOST, SKIP, TAKE = (bindparam(name, type_=Integer) for name in ("most", "skip", "take"))
MAX_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes two worklists the same statement.

    ``inside`` are the questions that the row of reach answers; None: each row is tested. ``columns`` follow from the
    release.
    """

    worklist: str
    release: int
    of: str
    etype: str
    inside: Asked | None
    rest: Asked
    order: tuple[tuple[str, bool], ...]
    columns: Mapping[str, Column] = field(compare=False, repr=False)

    @property
    def along(self) -> bool:
        """Tell whether it runs along the reach of one unit."""
        return self.inside is not None

    @property
    def model(self) -> Any:
        """Return the class of its rows."""
        return SOURCES[self.of]


@lru_cache(maxsize=MAX_KEPT)
def counts_of(shapes: tuple[Shape, ...]) -> Select[Any]:
    """Return the statement that counts several worklists along reach at once, each as far as ``most``."""
    return scope.prepared_counts([(_counted(one), one.etype) for one in shapes])


@lru_cache(maxsize=MAX_KEPT)
def count_of(shape: Shape, part: str) -> Select[Any]:
    """Return the statement that counts one worklist, or a part of it, as far as ``most``."""
    return scope.prepared_count(_counted(shape, part))


@lru_cache(maxsize=MAX_KEPT)
def page_of(shape: Shape, part: str) -> Select[Any]:
    """Return the statement of a page of all rows, of those that have what orders them, or of the others."""
    model = shape.model
    rows = _based(shape, select(Record) if model is Record else select(Record, model), page=True)
    rows = _parted(shape, rows, part)
    tie: Sequence[Any] = model.__mapper__.primary_key
    if model is Record and shape.along:
        tie = (RecordReach.record_id,)
    _, descending = shape.order[0]
    order = [*_order(shape, part), *(one.desc() if descending else one.asc() for one in tie)]
    return _marked(shape, rows.order_by(*order).offset(SKIP).limit(TAKE))


def _counted(shape: Shape, part: str = ALL) -> Select[Any]:
    """Return the statement of a worklist's rows, by what is cheapest to read, as far as ``most``."""
    model = shape.model
    if model is not Record:
        rows = _based(shape, select(model.record_id))
    elif shape.along and not _fetches(shape, part):
        rows = select(RecordReach.record_id).where(RecordReach.etype == shape.etype, _inside(shape))
        return scope.reached(_parted(shape, rows, part).limit(MOST))
    else:
        rows = _based(shape, select(Record.id))
    return _marked(shape, _parted(shape, rows, part).limit(MOST))


def _fetches(shape: Shape, part: str) -> bool:
    """Tell whether records must be fetched to count."""
    return bool(fields(shape.rest)) or (part != ALL and shape.order[0][0] not in KEPT)


def _based(shape: Shape, rows: Select[Any], *, page: bool = False) -> Select[Any]:
    """Return a statement narrowed to the rows of a worklist, with the tables that it needs."""
    model = shape.model
    rows = rows.where(_holds(shape, shape.rest, shape.columns))
    if model is Record:
        rows = rows.where(Record.etype == shape.etype)
        if shape.along:
            rows = rows.join(RecordReach, RecordReach.record_id == Record.id)
            rows = rows.where(RecordReach.etype == shape.etype, _inside(shape))
        return rows
    rows = rows.where(model.etype == shape.etype)
    if page or not shape.along or not _own(shape, [*fields(shape.rest), shape.order[0][0]]):
        rows = (
            rows.join(Record, model.record_id == Record.id)
            if not page
            else rows.where(model.record_id == Record.id)
        )
    return rows if shape.along else rows.where(Record.etype == shape.etype)


def _own(shape: Shape, named: Iterable[str]) -> bool:
    """Tell whether the rows answer some fields themselves, without their records."""
    own = OF_SOURCE.get(shape.of, {}).values()
    return all(name.startswith(f"/{shape.of}/") or name in own for name in named)


def _inside(shape: Shape) -> Any:
    assert shape.inside is not None
    return _holds(shape, shape.inside, reach_columns(shape.inside))


def _holds(shape: Shape, asked: Asked, columns: Any) -> Any:
    told = said(asked, columns)
    if told.doubtful is not None:
        raise DefinitionError(
            "worklist.broken", msg("The worklist %(id)s can't be used"), {"id": shape.worklist}
        )
    return told.holds


def _marked(shape: Shape, rows: Select[Any]) -> Select[Any]:
    if not shape.along:
        return scope.prepared(rows)
    if shape.model is Record:
        return scope.along(rows)
    return scope.beside(rows, shape.model.record_id, (_inside(shape),))


def _parted(shape: Shape, rows: Select[Any], part: str) -> Select[Any]:
    if part == ALL:
        return rows
    column = _sorting(shape, shape.order[0][0])
    return rows.where(column.is_(None) if part == MISSING else column.is_not(None))


def _order(shape: Shape, part: str) -> Iterable[Any]:
    for at, (name, descending) in enumerate(shape.order):
        if at == 0 and part == MISSING:
            continue
        column = _sorting(shape, name)
        place = column.desc() if descending else column.asc()
        never_empty = (at == 0 and part == PRESENT) or is_given(shape, name)
        yield place if never_empty else place.nulls_last()


def _sorting(shape: Shape, name: str) -> Any:
    """Return what rows are put in order by: the row of reach itself where it is what runs along."""
    if shape.along and shape.model is Record and name in KEPT:
        return sorting(KEPT[name])
    return sorting(shape.columns[name])


def is_given(shape: Shape, name: str) -> bool:
    """Tell whether a column of the order holds something in each row."""
    return bool(getattr(shape.columns[name], "given", False))
