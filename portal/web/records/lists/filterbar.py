"""Above a list: quick views, chips of the filters that hold, and the controls of the filter panel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from portal.core.access import LIST
from portal.core.errors import msg
from portal.core.widgets import UNITS
from portal.services.picking import wanted_at
from portal.services.records import closed_columns
from portal.web.language import translate
from portal.web.records.forms.picked import units_address
from portal.web.words.cells import term_path
from portal.web.words.here import Here
from portal.web.words.links import list_url
from portal.web.words.list_state import FROM, NONE, TEXT, TO, ListState
from portal.web.words.picking import unit_paths
from portal.web.words.screen import Field, Screen


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that holds, and the address of the list without it."""

    label: str
    text: str
    remove: str


@dataclass(frozen=True, slots=True)
class View:
    """One quick view of the list."""

    label: str
    url: str
    pressed: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the filter panel."""

    field: Field
    names: tuple[str, ...]
    values: tuple[str, ...]
    shown: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()
    lookup: str = ""
    known: bool = False  # what it holds is a code, not what somebody typed


class FilterBar:
    """Everything above the table, for one state of one list."""

    def __init__(self, now: Here, screen: Screen, state: ListState) -> None:
        self.screen = screen
        self.state = state
        picked = [v for k, values in state.values.items() for v in values if self._by_unit(k)]
        self._places = unit_paths(now, picked)
        self._today = now.portal.clock.today()
        # Whoever does not see a field in clear is not offered to filter by it; the services refuse it anyway.
        self.closed = closed_columns(screen.bundle, now.access, screen.entity.id, LIST)
        self._offered = tuple(field for field in screen.filters if field.pointer not in self.closed)

    def chips(self) -> list[Chip]:
        """Return a chip for each filter that holds."""
        state, found = self.state, []
        if state.text:
            text = translate(msg("Search"))
            found.append(Chip(text, state.text, self._url(state.without(TEXT))))
        for key, values in state.values.items():
            field = self.screen.fields[key]
            found += [
                Chip(field.label, self._shown(field, value), self._url(state.without(key, value)))
                for value in values
            ]
        for key, (low, high) in state.ranges.items():
            label = self.screen.fields[key].label
            found.append(Chip(label, _span(low, high), self._url(state.without(key))))
        return found

    def views(self) -> list[View]:
        """Return the quick views that make sense for this type: all, open, overdue, due within a week."""
        if not self.screen.stages:
            return []
        day = self._today
        yesterday, week = (day - dt.timedelta(days=1)).isoformat(), (day + dt.timedelta(days=7)).isoformat()
        opened = {"is_open": ("true",)}
        plain = ListState(sort=self.state.sort, size=self.state.size)
        views = [
            (msg("All"), plain),
            (msg("In progress"), replace(plain, values=opened)),
            (msg("Overdue"), replace(plain, values=opened, ranges={"due_on": ("", yesterday)})),
            (
                msg("Due within a week"),
                replace(plain, values=opened, ranges={"due_on": (day.isoformat(), week)}),
            ),
            (msg("Without a period"), replace(plain, values={**opened, "due_on": (NONE,)})),
        ]
        here = (self.state.text, self.state.values, self.state.ranges)
        return [
            View(translate(label), self._url(view), (view.text, view.values, view.ranges) == here)
            for label, view in views
        ]

    def controls(self) -> Iterator[Control]:
        """Return the controls of the filter panel, each with what it holds now."""
        for field in self._offered:
            if field.ranged:
                low, high = self.state.ranges.get(field.key, ("", ""))
                yield Control(field, (field.key + FROM, field.key + TO), (low, high), ())
                continue
            values = self.state.values.get(field.key, ())
            shown = tuple(self._shown(field, value) for value in values)
            known = bool(values) and shown[0] != values[0]
            options = tuple(self._options(field))
            yield Control(field, (field.key,), values, shown, options, self._lookup_url(field), known)

    def hidden(self) -> list[tuple[str, str]]:
        """Return what the filter form must carry along: the order, and filters that it has no control for."""
        offered = {field.key for field in self._offered}
        rest = replace(
            self.state,
            text="",
            page=1,
            values={k: v for k, v in self.state.values.items() if k not in offered},
            ranges={k: v for k, v in self.state.ranges.items() if k not in offered},
        )
        return rest.pairs()

    def _options(self, field: Field) -> Iterator[tuple[str, str]]:
        if field.of.filter == "yes_no":
            yield "true", translate(msg("Yes"))
            yield "false", translate(msg("No"))
        yield from field.options.items()

    def _shown(self, field: Field, value: str) -> str:
        if field.ranged:
            return translate(msg("Without a day"))
        if field.of.filter == "yes_no":
            return translate(msg("Yes")) if value == "true" else translate(msg("No"))
        if field.of.filter == "terms":
            return term_path(self.screen, field.taxonomy, value) or value
        if field.of.filter in ("units", "home"):
            return self._places.get(value, value)
        return field.options.get(value, value)

    def _lookup_url(self, field: Field) -> str:
        """Return where the codes of a filter are looked up; empty where it has none."""
        if field.of.filter == "terms":
            return f"/lookup/terms/{field.taxonomy}"
        if field.of.filter == "units":
            info = self.screen.infos.get(field.pointer)
            wanted = wanted_at(self.screen.bundle, self.screen.entity.id, info) if info is not None else UNITS
            return units_address(wanted)
        return units_address(UNITS) if field.of.filter == "home" else ""

    def _by_unit(self, key: str) -> bool:
        return self.screen.fields[key].of.filter in ("units", "home")

    def _url(self, state: ListState) -> str:
        # The list remembers its last state, so the address of "everything" must say that it means everything.
        return list_url(self.screen.entity.id, state.at(1).pairs() or [("all", "1")])


def _span(low: str, high: str) -> str:
    if low and high:
        return f"{low} – {high}"
    return f"≥ {low}" if low else f"≤ {high}"
