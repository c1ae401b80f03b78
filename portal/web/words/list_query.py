"""Turn the state of a list into a query of the services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator
from typing import Any

from sqlalchemy.orm import Session

from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.services import units
from portal.services.records import Filter, Query
from portal.web import access
from portal.web.words.list_state import ListState
from portal.web.words.screen import Field, Screen

UNIT = "unit"


def to_query(state: ListState, screen: Screen, session: Session, *, parent: str | None = None) -> Query:
    """Return the query that answers ``state``."""
    under = None
    filters: list[Filter] = []
    for key, values in state.values.items():
        found = screen.fields[key]
        if len(values) > 1 and takes_one(found):
            raise _refused(key, msg("Too many values at once"), values[1])
        if found.ranged:
            filters.append(Filter(key, "missing", True))
        elif found.key == UNIT:
            under = _unit_path(values)
        else:
            filters.append(_choice(found, values, screen, session))
    for key, (low, high) in state.ranges.items():
        filters += _range(screen.fields[key], low, high)
    return Query(
        screen.entity.id,
        filters=tuple(filters),
        text=state.text,
        order=state.sort or screen.order,
        page=state.page,
        size=state.size or screen.page_size,
        under=under,
        parent=parent,
        count_limit=screen.count_limit,
    )


def _choice(found: Field, values: tuple[str, ...], screen: Screen, session: Session) -> Filter:
    if found.of.filter == "yes_no":
        wanted = [value == "true" for value in values]
        return Filter(found.key, "in", wanted) if len(wanted) > 1 else Filter(found.key, "eq", wanted[0])
    if found.of.filter == "terms":
        _known(found, values, screen.bundle.taxonomy(found.taxonomy))
        return Filter(found.key, "under", list(values))
    if found.of.filter in ("units", "home"):
        _known(found, values, units.UnitTree(session))
        return Filter(found.key, "under", list(values))
    if takes_one(found):
        return Filter(found.key, "contains", values[0])
    return Filter(found.key, "in", list(values)) if len(values) > 1 else Filter(found.key, "eq", values[0])


def takes_one(found: Field) -> bool:
    """Return whether a filter takes one value only: a part of a text, or the unit a list is narrowed to."""
    return found.key == UNIT or (found.kind == "text" and not found.options and found.key != "code")


def _known(found: Field, values: tuple[str, ...], tree: Container[str]) -> None:
    for value in values:
        if value not in tree:
            raise _no_such(found.key, value)


def _unit_path(values: tuple[str, ...]) -> str:
    try:
        return access.unit_path(values[0])
    except NotFound:
        raise _no_such("unit", values[0]) from None


def _no_such(key: str, value: str) -> InvalidInput:
    return _refused(key, msg("“%(value)s” is not one of the choices of this filter"), value)


def _refused(key: str, text: str, value: str) -> InvalidInput:
    problem = Problem("list.query", text, {"value": value[:40]}, pointer=key)
    title = msg("This list cannot be shown the way the address asks")
    return InvalidInput("list.query", title, problems=[problem])


def _range(found: Field, low: str, high: str) -> Iterator[Filter]:
    if low:
        yield Filter(found.key, "gte", _bound(found, low))
    if high:
        yield Filter(found.key, "lte", _bound(found, high))


def _bound(found: Field, value: str) -> Any:
    return float(value) if found.numeric else dt.date.fromisoformat(value)
