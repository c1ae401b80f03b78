"""Answer counts from the figures, where a person may list whole subtrees and the figures hold what is asked.

What a unit sees is what it and the units below it own, which the figures tell, and what it sees of others, as a handler
or because it was asked to help: these are few, and counted over its rows of ``record_reach``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.persistence import scope
from portal.persistence.models import Record, RecordReach
from portal.persistence.models.reach import OWNER
from portal.services.figures.axes import AXES, SEPARATOR
from portal.services.figures.kept import figures_at, owned_at_each

# What people ask by, and the axis that tells it; the value of "all" is whether a record is open.
GROUPS: Mapping[str, tuple[str, Any]] = {
    **{a.columns[0]: (a.name, getattr(Record, a.columns[0])) for a in AXES.values() if len(a.columns) == 1},
    "is_open": ("all", Record.is_open),
    "unit": ("", Record.unit_id),
}
# Written out: the index that holds just these is found only where the statement itself says it.
_OF_OTHERS = RecordReach.why != literal(OWNER, literal_execute=True)
# Two that are asked by together, in the order in which the axis tells them.
PAIRS = {axis.columns: axis.name for axis in AXES.values() if len(axis.columns) == 2}


def kept_counts(
    session: Session, etype: str, group: str, under: str | None = None, *, open_only: bool = False
) -> dict[Any, int] | None:
    """Return how many visible records there are by a group; None where the figures do not tell."""
    root = whole_subtree(session, etype, under)
    if root is None or group not in GROUPS:
        return None
    found = _owned(session, etype, group, root, open_only)
    if found is None:
        return None
    if not under:
        _add_others(session, found, etype, root, (GROUPS[group][1],), open_only)
    return {value: number for value, number in found.items() if number}


def kept_pairs(
    session: Session,
    etype: str,
    first: str,
    second: str,
    under: str | None = None,
    *,
    open_only: bool = False,
) -> dict[Any, int] | None:
    """Return how many visible records there are by two groups together; None where the figures do not tell."""
    pair = next((one for one in PAIRS if set(one) == {first, second}), None)
    root = whole_subtree(session, etype, under)
    if root is None or pair is None:
        return None
    held = figures_at(session, scope.unit_of(root), etype, PAIRS[pair])
    if held is None:
        return None
    found: Counter[Any] = Counter()
    for (value, is_open), number in held.items():
        if is_open or not open_only:
            found[tuple(part or None for part in value.split(SEPARATOR))] += number
    if not under:
        _add_others(session, found, etype, root, tuple(GROUPS[one][1] for one in pair), open_only)
    turned = pair != (first, second)
    return {(key[::-1] if turned else key): number for key, number in found.items() if number}


def _add_others(
    session: Session, found: Counter[Any], etype: str, root: str, columns: tuple[Any, ...], open_only: bool
) -> None:
    """Add what a unit sees without owning it, by the columns."""
    rows = others(session, etype, root, open_only=open_only)
    counted = rows.with_only_columns(*columns, func.count()).group_by(*columns)
    for *values, number in session.execute(counted, execution_options=_options(etype)):
        found[tuple(values) if len(columns) > 1 else values[0]] += number


def whole_subtree(session: Session, etype: str, under: str | None = None) -> str | None:
    """Return the one subtree whose records of a type the session's person may list wholly; None where it is another."""
    roots = scope.access_of(session).paths(etype, LIST)
    if under:
        return under if any(under.startswith(root) for root in roots) else None
    return roots[0] if len(roots) == 1 and roots[0] != "/" else None


def others(session: Session, etype: str, root: str, *, open_only: bool = False) -> Select[Any]:
    """Return the records that a unit sees without owning them: as a handler, or because it was asked to help."""
    rows = (
        select(Record)
        .join(RecordReach, RecordReach.record_id == Record.id)
        .where(
            RecordReach.etype == etype,
            RecordReach.unit_id == scope.unit_of(root),
            _OF_OTHERS,
        )
    )
    # Not the words of the index of open rows, which SQLite would otherwise walk whole for the few of others.
    return rows.where(RecordReach.is_open.is_(True)) if open_only else rows


def _owned(session: Session, etype: str, group: str, root: str, open_only: bool) -> Counter[Any] | None:
    if group == "unit":
        held: Counter[Any] | None = owned_at_each(session, root, etype)
    else:
        held = figures_at(session, scope.unit_of(root), etype, GROUPS[group][0])
    if held is None:
        return None
    found: Counter[Any] = Counter()
    for (value, is_open), number in held.items():
        if is_open or not open_only:
            found[is_open if group == "is_open" else value or None] += number
    return found


def _options(etype: str) -> dict[str, Any]:
    return {"scope_action": LIST, "scope_etype": etype}
