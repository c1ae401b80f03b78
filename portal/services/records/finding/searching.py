"""Search records: declared filters, an order with missing values last, a page, a count with a limit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.conditions import Env
from portal.core.errors import InvalidInput, msg
from portal.persistence import scope
from portal.persistence.condition_sql import OwnColumn, ask, questions, shaped
from portal.persistence.models import Record, Unit
from portal.persistence.models.reach import ORDERS
from portal.services.bundles import Bundle
from portal.services.figures.answers import GROUPS, kept_counts
from portal.services.records.acts.loading import load
from portal.services.records.finding.filter_conditions import (
    FieldColumn,
    Filter,
    condition_of,
    filterable,
    never_empty,
)
from portal.services.records.finding.list_statements import (
    ALL,
    MISSING,
    PRESENT,
    SEEN,
    Compared,
    Shape,
    Way,
    count_of,
    page_of,
    pattern_of,
)
from portal.services.records.finding.text_found import asked_texts, words_of
from portal.services.records.privacy.disclosure import closed_columns
from portal.services.records.privacy.people_index import naming
from portal.services.releases.reading import pinned
from portal.services.units.centres import all_centres, centre_of
from portal.services.units.tree import UnitTree

if TYPE_CHECKING:
    from portal.services.portal import Portal

MAX_SIZE = 200
MAX_PAGE = 10_000
# So many records are put in order one by one sooner than an index of all records is walked for them.
FEW = 2_000


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
    size = min(max(query.size, 1), MAX_SIZE)
    page = min(max(query.page, 1), MAX_PAGE)
    wanted = _wanted(portal, session, bundle, query)
    rows = _rows(wanted, session, (page - 1) * size, size)
    if page == 1 and len(rows) < size:
        return Page(rows, len(rows), False, page, size)
    total = wanted.count(session, query.count_limit)
    return Page(rows, min(total, query.count_limit), total > query.count_limit, page, size)


@dataclass(frozen=True, slots=True)
class Told:
    """What the figures tell of a list: all that a group counts, or the records of some of its values."""

    group: str
    values: frozenset[Any] | None = None

    def of(self, counts: Mapping[Any, int]) -> int:
        """Return how many records there are."""
        return sum(number for value, number in counts.items() if self.values is None or value in self.values)


EVERYTHING = Told("is_open")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A query made ready: the shape of its statements, and their values."""

    etype: str
    shape: Shape
    values: Mapping[str, Any]
    never_empty: bool
    way: Way
    under: str | None
    told: Told | None
    # What was counted once within this search.
    known: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Mapping[Any, int] | None] = field(default_factory=dict)

    def fetch(self, session: Session, part: str, skip: int, take: int) -> list[Record]:
        """Return some rows in order, of those whose sort column holds something, or of the others."""
        statement = page_of(self.shape, self._page_way(session, part), part)
        values = {**self.values, "skip": skip, "take": take}
        return list(session.scalars(statement, values, execution_options=self._options()))

    def count(self, session: Session, limit: int, part: str = ALL) -> int:
        """Count the rows, but no further than one more than ``limit``."""
        if part == ALL and (known := self._counted(session, limit)) is not None:
            return min(known, limit + 1)
        values = {**self.values, "most": limit + 1}
        statement = count_of(self.shape, self.way, part)
        return session.scalar(statement, values, execution_options=self._options()) or 0

    def _counted(self, session: Session, limit: int) -> int | None:
        """Return how many rows there are where the figures tell, or where it was counted for the page already."""
        if self.way == Way.PLACE and self.told is not None:
            owned = self._owned(session, self.told.group)
            return None if owned is None else self.told.of(owned)
        everything = self.way == Way.REACH and self.told == EVERYTHING
        return self.known.get("seen") if everything and limit <= FEW else None

    def _owned(self, session: Session, group: str) -> Mapping[Any, int] | None:
        """Return how many records the place owns by a group, as the figures tell; None where they do not."""
        if group not in self.figures:
            self.figures[group] = kept_counts(session, self.etype, group, self.under)
        return self.figures[group]

    def _page_way(self, session: Session, part: str) -> Way:
        """Return how rows are found in order: along reach where it has the order, or where the unit sees few.

        Few are looked up and put in order; of many, an index of all records is walked until a page is full.
        """
        if self.way == Way.TESTED or (self.shape.order in ORDERS and part != MISSING):
            return self.way
        owned = None
        if self.way == Way.PLACE:
            # By what the number of the list is told by as well: read once for both.
            owned = self._owned(session, (self.told or EVERYTHING).group)
        # A place has rows of what it does not own, too; these are few beside what it owns, or looked up among few.
        seen = self._seen(session) if owned is None else sum(owned.values())
        return self.way if seen <= FEW else Way.TESTED

    def _seen(self, session: Session) -> int:
        known = self.known.get("seen")
        if known is None:
            values = {"etype": self.etype, "most": FEW + 1, "under": self.values.get("under")}
            known = session.scalar(SEEN[self.way], values, execution_options=self._options()) or 0
            self.known["seen"] = known
        return known

    def _options(self) -> dict[str, Any]:
        return {"scope_action": LIST, "scope_etype": self.etype}


def _wanted(portal: Portal, session: Session, bundle: Bundle, query: Query) -> _Wanted:
    closed = closed_columns(bundle, scope.access_of(session), query.etype, LIST)
    fields = {key: f for key, f in filterable(bundle, query.etype).items() if f.pointer not in closed}
    order, descending = _order(fields, query.order or bundle.entity(query.etype).list_order)
    env = Env(portal.clock.today(), taxonomies={**bundle.taxonomies, "unit": UnitTree(session)})
    used = {one.key: Compared.of(fields[one.key]) for one in query.filters if one.key in fields}
    kinds = {key: OwnColumn(None, one.kind) for key, one in used.items()}
    asked, values = shaped(ask(condition_of(fields, query.filters), kinds, env), "filter_")
    if any(one.form == "unsaid" for one in questions(asked)):
        raise InvalidInput("filter.invalid", msg("The list cannot be narrowed by so many values"))
    people = naming(session, portal.keys, query.etype, query.text) if query.text else []
    words = [] if people else words_of(query.text)
    values |= {"etype": query.etype} | ({"among": people} if people else {})
    if order.place.rows:
        values["order_pointer"] = order.place.rows
    values.update((f"word_{at}", pattern_of(word)) for at, word in enumerate(words))
    texts = asked_texts(session, bundle, query.etype, words)
    values |= texts.values
    if query.parent:
        values["parent_id"] = load(session, query.parent).id
    if query.under:
        values |= {
            "low": query.under,
            "high": scope.end_of(query.under),
            "under": scope.unit_of(query.under),
        }
    shape = Shape(
        (asked,) if query.filters else (),
        tuple(used.items()),
        bool(people),
        len(words),
        bool(query.parent),
        bool(query.under),
        order.place.name,
        order.place.rows,
        descending,
        order.named,
        texts.words,
    )
    told = _told(query, used, shape)
    way = _way(session, query)
    return _Wanted(query.etype, shape, values, order.key in never_empty(), way, query.under, told)


def _told(query: Query, used: Mapping[str, Compared], shape: Shape) -> Told | None:
    """Return what figures would tell the number of such a list; None where it must be counted."""
    if shape.among or shape.words or shape.parent or len(query.filters) > 1:
        return None
    if not query.filters:
        return EVERYTHING
    one = query.filters[0]
    place = used[one.key].place
    if place.rows or place.column not in GROUPS or one.op not in ("eq", "in"):
        return None
    values = one.value if one.op == "in" else [one.value]
    return Told(place.column, frozenset(values))


def _way(session: Session, query: Query) -> Way:
    """Return how the records are found: along the place that the list is narrowed to, or the unit of the roles."""
    if query.under:
        return Way.PLACE
    units = scope.units_reached(scope.access_of(session), query.etype, LIST)
    return Way.REACH if units is not None and len(units) == 1 else Way.TESTED


def _order(fields: dict[str, FieldColumn], order: str) -> tuple[FieldColumn, bool]:
    field = fields.get(order.removeprefix("-"))
    if field is None or not field.sortable:
        key = order.removeprefix("-")
        raise InvalidInput("order.invalid", msg("“%(field)s” cannot be sorted by"), {"field": key})
    return field, order.startswith("-")


def _rows(wanted: _Wanted, session: Session, offset: int, size: int) -> list[Record]:
    """Fetch a page in order, missing values last whatever the direction.

    They are a query of their own, so that both halves run along an index and both databases agree.
    """
    if wanted.never_empty:
        return wanted.fetch(session, ALL, offset, size)
    rows = wanted.fetch(session, PRESENT, offset, size)
    if len(rows) == size:
        return rows
    skipped = 0 if rows or not offset else offset - wanted.count(session, offset, PRESENT)
    return rows + wanted.fetch(session, MISSING, skipped, size - len(rows))


def count_each(
    session: Session, bases: Sequence[Select[Any]], limit: int, options: dict[str, Any]
) -> list[int]:
    """Count the rows of several queries in one statement, each no further than one more than ``limit``."""
    few = (base.with_only_columns(Record.id).limit(limit + 1).subquery() for base in bases)
    numbers = (select(func.count()).select_from(one).scalar_subquery() for one in few)
    return list(session.execute(select(*numbers), execution_options=options).one())


def own_bundle(portal: Portal, session: Session, etype: str | None = None) -> Bundle:
    """Return the release in force where the session's person works; for the system, any centre's.

    The widest assignment comes first; one whose release lacks ``etype`` is passed over.
    """
    return first_with(own_bundles(portal, session), etype)


def first_with(bundles: Sequence[Bundle], etype: str | None) -> Bundle:
    """Return the first release that knows an entity type, else the first."""
    return next((one for one in bundles if etype is not None and one.has_entity(etype)), bundles[0])


def own_bundles(portal: Portal, session: Session) -> list[Bundle]:
    """Return the releases in force where the session's person works, that of the widest assignment first.

    For the system, that of any centre. There is one at least.
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
        first = next(iter(all_centres(session)), None)
        if first is None:
            raise InvalidInput("centre.none", msg("No release has been published yet"))
        bundles.append(pinned(portal, session, first.release_id))
    return bundles
