"""Search records: declared filters, an order with missing values last, a page, a count with a limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.errors import InvalidInput, msg
from portal.persistence import scope
from portal.persistence.models import Centre, Record, Unit
from portal.services.bundles import Bundle
from portal.services.records.breadth import Breadth
from portal.services.records.disclosure import closed_columns
from portal.services.records.filters import NEVER_EMPTY, FieldColumn, Filter, condition, filterable
from portal.services.records.terms import naming
from portal.services.records.writing import load
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of

if TYPE_CHECKING:
    from portal.services.portal import Portal

MAX_SIZE = 200
MAX_PAGE = 10_000
MAX_WORDS = 5


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows."""

    etype: str
    filters: Sequence[Filter] = ()
    text: str = ""
    order: str = ""
    page: int = 1
    size: int = 20
    under: str | None = None
    parent: str | None = None
    count_limit: int = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``capped``: there are more than ``total``."""

    rows: list[Record]
    total: int
    capped: bool
    page: int
    size: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, as far as was counted."""
        return max(1, math.ceil(self.total / self.size))


def search(portal: Portal, session: Session, query: Query, bundle: Bundle | None = None) -> Page:
    """Return a page of the records that the session's person may list.

    Fields are those of ``bundle``, by default of the release in force at the person's own unit.
    """
    bundle = bundle or own_bundle(portal, session, query.etype)
    closed = closed_columns(bundle, scope.access_of(session), query.etype, LIST)
    fields = {key: f for key, f in filterable(bundle, query.etype).items() if f.pointer not in closed}
    size = min(max(query.size, 1), MAX_SIZE)
    page = min(max(query.page, 1), MAX_PAGE)
    base = _conditions(portal, session, bundle, fields, query)
    breadth = portal.breadths.of(session, query.etype)
    if query.under:
        breadth = min(breadth, portal.breadths.of(session, query.etype, query.under))
    order = _order(fields, query.order or bundle.entity(query.etype).list_order)
    by_index = breadth < Breadth.MANY or (breadth < Breadth.MOST and bool(query.text))
    narrowed, options = _within(base, query, by_index)
    rows = _rows(session, narrowed, order, (page - 1) * size, size, options)
    if page == 1 and len(rows) < size:
        return Page(rows, len(rows), False, page, size)
    counted, options = _within(base, query, breadth < Breadth.MOST)
    total = count(session, counted, query.count_limit, options)
    return Page(rows, min(total, query.count_limit), total > query.count_limit, page, size)


def _within(
    base: Select[tuple[Record]], query: Query, by_index: bool
) -> tuple[Select[tuple[Record]], dict[str, Any]]:
    """Add the chosen unit to a query; the index, if any, serves the narrower of unit and scope."""
    options = {"scope_action": LIST, "scope_etype": query.etype, "scope_by_index": by_index}
    if query.under:
        base = base.where(scope.subtree(Record.unit_path, (query.under,), by_index=by_index))
    return base, options


def _conditions(
    portal: Portal, session: Session, bundle: Bundle, fields: dict[str, FieldColumn], query: Query
) -> Select[tuple[Record]]:
    base = select(Record).where(Record.etype == query.etype)
    for wanted in query.filters:
        base = base.where(condition(bundle, fields, wanted))
    if query.parent:
        base = base.where(Record.parent_id == load(session, query.parent).id)
    people = naming(session, portal.keys, query.etype, query.text) if query.text else []
    if people:
        return base.where(Record.id.in_(people))
    for word in query.text.casefold().split()[:MAX_WORDS]:
        base = base.where(Record.search_text.contains(word, autoescape=True))
    return base


def count(session: Session, base: Select[Any], limit: int, options: dict[str, Any]) -> int:
    """Count the rows, but no further than one more than ``limit``."""
    return session.scalar(_counted(base, limit), execution_options=options) or 0


def count_each(
    session: Session, bases: Sequence[Select[Any]], limit: int, options: dict[str, Any]
) -> list[int]:
    """Count the rows of several queries in one statement, each no further than one more than ``limit``."""
    numbers = (_counted(base, limit).scalar_subquery() for base in bases)
    return list(session.execute(select(*numbers), execution_options=options).one())


def _counted(base: Select[Any], limit: int) -> Select[int]:
    few = base.with_only_columns(Record.id).limit(limit + 1).subquery()
    return select(func.count()).select_from(few)


def _order(fields: dict[str, FieldColumn], order: str) -> tuple[FieldColumn, bool]:
    field = fields.get(order.removeprefix("-"))
    if field is None or not field.sortable:
        key = order.removeprefix("-")
        raise InvalidInput("order.invalid", msg("“%(field)s” cannot be sorted by"), {"field": key})
    return field, order.startswith("-")


def _rows(
    session: Session,
    base: Select[tuple[Record]],
    order: tuple[FieldColumn, bool],
    offset: int,
    size: int,
    options: dict[str, Any],
) -> list[Record]:
    """Fetch a page in order, missing values last whatever the direction.

    They are a query of their own, so that both halves run along an index and both databases agree.
    """
    field, descending = order
    column, tie = field.column, Record.id
    directed = (column.desc(), tie.desc()) if descending else (column, tie)

    def fetch(query: Select[tuple[Record]], skip: int, take: int) -> list[Record]:
        return list(session.scalars(query.offset(skip).limit(take), execution_options=options))

    if field.key in NEVER_EMPTY:
        return fetch(base.order_by(*directed), offset, size)
    present = base.where(column.is_not(None))
    rows = fetch(present.order_by(*directed), offset, size)
    if len(rows) == size:
        return rows
    skipped = 0 if rows or not offset else offset - count(session, present, offset, options)
    return rows + fetch(base.where(column.is_(None)).order_by(tie.desc()), skipped, size - len(rows))


def own_bundle(portal: Portal, session: Session, etype: str | None = None) -> Bundle:
    """Return the release in force where the session's person works; for the system, any centre's.

    The widest assignment comes first; one whose release lacks ``etype`` is passed over.
    """
    access = scope.access_of(session)
    paths = [path for _, path in access.memberships] or [grant.unit_path for grant in access.grants]
    bundles = []
    for path in dict.fromkeys(paths):
        unit = session.scalar(select(Unit).where(Unit.path == path))
        centre = centre_of(session, unit) if unit else None
        if centre is not None:
            bundles.append(pinned(portal, session, centre.release_id))
    if not bundles:
        first = session.scalar(select(Centre.release_id).join(Unit).order_by(func.length(Unit.path)).limit(1))
        if first is None:
            raise InvalidInput("centre.none", msg("No release has been published yet"))
        bundles.append(pinned(portal, session, first))
    known = {entity.id for bundle in bundles for entity in bundle.entities()}
    if etype in known:
        return next(b for b in bundles if etype in {entity.id for entity in b.entities()})
    return bundles[0]
