"""Which figures are not told where they leave those who may see the cases: small ones, and what tells of them.

It is worked out over the whole tree of units, so that the boards of a city, of its counties and of their townships
leave out the same: no one of them tells what another one left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.indicators import Counts, Indicator, Period
from portal.core.indicators.sorts import MEDIAN
from portal.core.indicators.suppression import MINIMUM, Tree, left_out
from portal.persistence.models import Unit
from portal.persistence.scope import end_of
from portal.services.bundles import Bundle
from portal.services.indicators.counting import Counting
from portal.services.indicators.kept import kept_counts
from portal.services.indicators.sources import Place
from portal.services.indicators.wanting import Wanting, counted_in_time

if TYPE_CHECKING:
    from portal.services.portal import Portal

Untold = Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class _Column:
    """The counts of an indicator at each node of the tree."""

    name: str
    base: dict[int, int]
    counted: dict[int, int] | None


def untold(
    portal: Portal,
    session: Session,
    unit: Unit,
    bundle: Bundle,
    periods: Sequence[Period],
    minimum: int = MINIMUM,
) -> dict[Period, Untold]:
    """Return the units of which each indicator is not told in each period; negative for what lies at a unit itself.

    All figures of the pack are looked at, whichever are asked for: two tables with different columns leave out the
    same. Conflict where that is not known yet, or takes too long to count.
    """
    root = session.get_one(Unit, unit.ancestor_ids[0])
    tree, shown = (
        _tree(session, root),
        [one for one in bundle.indicators.values() if one.of.kept and not one.by],
    )
    with counted_in_time(session):
        columns = _columns(portal, session, root, bundle, shown, periods, tree)
    return {period: _left_out(tree, some, minimum) for period, some in columns.items()}


def _left_out(tree: Tree, columns: Iterable[_Column], minimum: int) -> Untold:
    alike: dict[tuple[int, ...], list[_Column]] = {}
    for one in columns:
        alike.setdefault(tuple(one.base[node] for node in sorted(one.base)), []).append(one)
    found: dict[str, frozenset[int]] = {}
    for group in alike.values():
        counted = [one.counted for one in group if one.counted is not None]
        hidden = left_out(tree, group[0].base, counted, minimum)
        # What lies at a unit without others below it is the unit.
        found.update((one.name, hidden) for one in group)
    return found


def _tree(session: Session, root: Unit) -> Tree:
    rows = select(Unit.id, Unit.parent_id).where(Unit.path >= root.path, Unit.path < end_of(root.path))
    below: dict[int, list[int]] = {}
    for unit_id, parent in session.execute(rows.order_by(Unit.path)):
        if unit_id != root.id and parent is not None:
            below.setdefault(parent, [-parent]).append(unit_id)
    return Tree(root.id, {node: tuple(some) for node, some in below.items()})


def _columns(
    portal: Portal,
    session: Session,
    root: Unit,
    bundle: Bundle,
    shown: Sequence[Indicator],
    periods: Sequence[Period],
    tree: Tree,
) -> dict[Period, list[_Column]]:
    """Return the counts of each indicator at all nodes: as they are kept, else counted from the rows, all at once."""
    now = portal.clock.now()
    nodes = [node for node in tree.down() if node > 0]
    kept = kept_counts(session, bundle, now, portal.clock.today(), nodes, periods)
    rest = [one for one in shown if not all(kept.has(one, period) for period in periods)]
    wanting = Wanting(session, root, bundle)
    for one in rest:
        wanting.refuse(one.id)
    counting = Counting(portal, session, Place(root.id, root.path), bundle, now)
    counted = counting.several([one for one in rest if one.shows != MEDIAN], list(periods))
    days = {one.id: counting.days(one, list(periods)) for one in rest if one.shows == MEDIAN}

    def sums(one: Indicator, at: int, period: Period) -> dict[int, Counts]:
        if one.id in counted:
            return _upwards(tree, counted[one.id][at])
        if one.id in days:
            numbers = {unit: Counts(0, sum(some.values())) for unit, some in days[one.id][at].items()}
            return _upwards(tree, numbers)
        if one.shows == MEDIAN:
            return {node: Counts(0, sum(kept.days(one, period, node).values())) for node in nodes}
        return {node: kept.counts(one, period, node) for node in nodes}

    return {
        period: [_column(tree, one, sums(one, at, period)) for one in shown]
        for at, period in enumerate(periods)
    }


def _upwards(tree: Tree, own: Mapping[int, Counts]) -> dict[int, Counts]:
    """Return the counts of each unit and those below it, from those at each unit itself."""
    found: dict[int, Counts] = {}
    for node in reversed([node for node in tree.down() if node > 0]):
        found[node] = own.get(node, Counts(0, 0))
        for child in tree.below.get(node, ()):
            if child > 0:
                found[node] += found[child]
    return found


def _column(tree: Tree, one: Indicator, sums: Mapping[int, Counts]) -> _Column:
    base = {node: pair.base for node, pair in sums.items()}
    counted = {node: pair.counted for node, pair in sums.items()}
    for node, some in tree.below.items():
        for numbers in (base, counted):
            numbers[-node] = numbers[node] - sum(numbers[child] for child in some if child > 0)
    return _Column(one.id, base, counted if one.is_rate else None)
