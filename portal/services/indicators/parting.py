"""The figure of a unit by the values of one axis: by class, route, channel or grade; the parts are the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.access import Access
from portal.core.errors import NotFound, msg
from portal.core.indicators import Counts, Indicator, Period, total
from portal.core.indicators.sorts import COUNT, MEDIAN
from portal.core.indicators.tables import ClassTable, class_tables
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.indicators.board import unit_with_board
from portal.services.indicators.counting import Counting
from portal.services.indicators.kept import kept_counts
from portal.services.indicators.shares import AXES
from portal.services.indicators.sources import Place
from portal.services.indicators.wanting import Wanting, counted_in_time
from portal.services.releases.reading import for_unit

if TYPE_CHECKING:
    from portal.services.portal import Portal

_WHY = "a figure of a unit by its parts, for those who may see its board"
# What lies on an axis at all.
PARTED = ("record", "session")
# Before the name of a table, where it is an axis.
TABLE = "table."


@dataclass(frozen=True, slots=True)
class Parted:
    """A figure of a unit by one axis, in a period and in the one before; what has no value is under the empty text."""

    unit: Unit
    indicator: Indicator
    axis: str
    axes: tuple[str, ...]
    period: Period
    at: dt.datetime
    now: Mapping[str, Counts]
    before: Mapping[str, Counts]
    bundle: Bundle
    # The table of the pack whose classes these are.
    table: ClassTable | None = None

    @property
    def whole(self) -> tuple[Counts, Counts]:
        """Return the counts of all parts together, now and before."""
        return total(self.now.values()), total(self.before.values())


def axes_of(indicator: Indicator) -> tuple[str, ...]:
    """Return by what the figure of a unit can be broken down."""
    if indicator.of.name not in PARTED or indicator.shows == MEDIAN or not indicator.of.kept:
        return ()
    return tuple(axis for axis in AXES if axis in indicator.breakdowns)


def class_tables_of(bundle: Bundle, indicator: Indicator) -> dict[str, ClassTable]:
    """Return the tables of the pack by whose classes a count stands, by the name of their axis."""
    if "class" not in axes_of(indicator) or indicator.shows != COUNT:
        return {}
    return {f"{TABLE}{key}": one for key, one in class_tables(bundle.settings).items()}


def class_of_types(bundle: Bundle, table: ClassTable, types: Iterable[str]) -> dict[str, str]:
    """Return into which class of a table each dispute type falls; what falls into none has no class."""
    terms = bundle.raw.get("taxonomies", {}).get("dispute", {}).get("terms", {})
    parents = {key: str(one.get("parent", "")) for key, one in terms.items()}
    return {kind: table.of(kind, parents) for kind in types}


def by_class(bundle: Bundle, table: ClassTable, types: Mapping[str, Counts]) -> dict[str, Counts]:
    """Return counts by dispute type as counts by the classes of a table."""
    found: dict[str, Counts] = {}
    for kind, name in class_of_types(bundle, table, types).items():
        found[name] = found.get(name, Counts(0, 0)) + types[kind]
    return found


def parted(
    portal: Portal, access: Access, code: str, name: str, axis: str, period: Period | None = None
) -> Parted:
    """Return a figure of a unit by an axis; NotFound beyond the person's subtrees and for what is not broken down."""
    unit = unit_with_board(portal, access, code)
    with portal.reading(Access.system(_WHY)) as session:
        bundle = for_unit(portal, session, unit)
        indicator = bundle.indicators.get(name)
        tables = class_tables_of(bundle, indicator) if indicator is not None else {}
        axes = (*axes_of(indicator), *tables) if indicator is not None else ()
        if indicator is None or not axes:
            raise NotFound("indicator.unknown", msg("There is no such figure, or it is not broken down"))
        by = axis if axis in axes else axes[0]
        now, today = portal.clock.now(), portal.clock.today()
        month = period or Period.of(today)
        periods = (month, month.before)
        kept = kept_counts(session, bundle, now, today, [unit.id], periods, [by])
        counting = Counting(portal, session, Place(unit.id, unit.path), bundle, now)
        each: list[dict[str, Counts]] = []
        for one in periods:
            if by not in tables and kept.has(indicator, one):
                each.append(kept.parts(indicator, one, unit.id, by))
                continue
            if by not in tables:
                Wanting(session, unit, bundle).refuse(indicator.id)
            with counted_in_time(session):
                found = counting.broken(indicator, one, "type" if by in tables else by)
            each.append(by_class(bundle, tables[by], found) if by in tables else found)
        table = tables.get(by)
        return Parted(
            unit, indicator, by, axes, month, counting.cut_off(month), each[0], each[1], bundle, table
        )
