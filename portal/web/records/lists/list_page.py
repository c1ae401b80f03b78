"""The list of an entity type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from markupsafe import Markup

from portal.core.errors import InvalidInput, msg
from portal.services import releases
from portal.services.records import Page, found_in, load_state, save_state
from portal.services.records.entering.lookup_codes import rules_of
from portal.web.language import translate
from portal.web.records.forms.picked import named_filters
from portal.web.records.lists.columns import line
from portal.web.records.lists.filterbar import FilterBar
from portal.web.records.lists.saved import open_view
from portal.web.words.cells import Cell, Cells
from portal.web.words.here import Here
from portal.web.words.links import add_url, list_url, record_url
from portal.web.words.list_query import to_query
from portal.web.words.list_state import TEXT, ListState, read
from portal.web.words.saved_views import VIEW, own_views, query_of
from portal.web.words.screen import Field, Screen

EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    url: str
    cells: list[Cell]
    record: Any
    found: str = ""

    @property
    def html(self) -> Markup:
        """Return the cells as the list shows them."""
        return line(self.url, self.cells, self.record, self.found)


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of one column; ``url`` sorts by it."""

    field: Field
    url: str
    sorted: str


class ListPage:
    """What the template of a list shows."""

    def __init__(
        self, now: Here, screen: Screen, state: ListState, page: Page, fallen: Sequence[str] = ()
    ) -> None:
        self.screen = screen
        self.fallen = fallen  # what the view that was opened no longer filters by
        self.saved = own_views(now, screen, state)
        self.query = query_of(state)
        self.state = state
        self.page = page
        self.bar = FilterBar(now, screen, state)
        columns = screen.columns
        cells = Cells(now, screen, columns, page.rows)
        etype = screen.entity.id
        found = _found(now, screen, state.text, page.rows)
        self.rows = [
            Row(record_url(etype, row.uid), cells.row(row), row, found.get(row.id, "")) for row in page.rows
        ]
        self.headings = [self._heading(column) for column in columns]
        self.may_add = now.access.can(etype, "add") and not screen.entity.parent
        self.is_looked_up = rules_of(screen.bundle, etype) is not None
        self.add_url = add_url(etype)
        self.reset_url = list_url(etype, [(EVERYTHING, "1")])
        self.unfilled = self._unfilled(now)

    @property
    def pages(self) -> int | None:
        """Return how many pages there are; None where the count stopped early."""
        return None if self.page.capped else max(1, -(-self.page.total // self.page.size))

    @property
    def has_next(self) -> bool:
        """Return whether a further page holds rows."""
        return self.page.capped or self.state.page < (self.pages or 1)

    def page_url(self, page: int) -> str:
        """Return the address of another page of this list."""
        return list_url(self.screen.entity.id, self.state.at(page).pairs() or [(EVERYTHING, "1")])

    def _unfilled(self, now: Here) -> list[str]:
        """Return the fields this list asks for whose values older records do not all have yet."""
        asked = {*self.state.values, *self.state.ranges, self.state.sort.removeprefix("-")}
        fields = [
            self.screen.fields[key] for key in asked if key.startswith("/") and key in self.screen.fields
        ]
        if not fields:
            return []
        waiting = releases.unfilled(now.session, now.bundle.release_id, self.screen.entity.id)
        return sorted(field.label for field in fields if field.pointer in waiting)

    def _heading(self, field: Field) -> Heading:
        order = self.state.sort or self.screen.order
        direction = {field.key: "ascending", f"-{field.key}": "descending"}.get(order, "")
        sortable = field.sortable and field.pointer not in self.bar.closed
        url = list_url(self.screen.entity.id, self.state.sorted_by(field.key).pairs()) if sortable else ""
        return Heading(field, url, direction)


def _found(now: Here, screen: Screen, text: str, rows: Sequence[Any]) -> dict[int, str]:
    """Return for the rows of a search in which fields its words stand, in words."""
    found = found_in(now.portal, now.session, screen.bundle, text, rows)
    label = {where: info.label for where, info in screen.infos.items()}
    return {
        number: translate(
            msg("Found in: %(fields)s"),
            fields=translate(msg(", ")).join(label[one] for one in where if one in label),
        )
        for number, where in found.items()
    }


def list_page(now: Here, etype: str) -> ListPage:
    """Return the list as the address asks for it, or as the person left it."""
    screen = now.screen(etype)
    if VIEW in request.args:
        opened = open_view(now, screen, request.args[VIEW])
        _remember(now, etype, opened.state.pairs())
        return ListPage(now, screen, opened.state, opened.page, opened.fallen)
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in (EVERYTHING, "_l_", "purpose")]
    if pairs or EVERYTHING in request.args:
        state = read(named_filters(now, screen, pairs), screen)
        page = now.search(to_query(state, screen, now.session))
        # Whom somebody looked for is not kept: it may be a person's name or number.
        _remember(now, etype, [pair for pair in state.pairs() if pair[0] != TEXT])
    else:
        state, page = _restored(now, screen)
    return ListPage(now, screen, state, page)


def _restored(now: Here, screen: Screen) -> tuple[ListState, Page]:
    """Return the list as the person left it; a release may have taken away what that asked for."""
    saved = load_state(now.session, now.user_id, screen.entity.id).get("pairs") or []
    try:
        state = read([(str(key), str(value)) for key, value in saved], screen)
        page = now.search(to_query(state, screen, now.session))
        if page.rows or state.page == 1:
            return state, page
        state = state.at(1)
    except (InvalidInput, TypeError, ValueError):
        state = ListState()
    return state, now.search(to_query(state, screen, now.session))


def _remember(now: Here, etype: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Save the state of the list, where it is another than the one already saved."""
    wanted = {"pairs": [list(pair) for pair in pairs]} if pairs else {}
    if load_state(now.session, now.user_id, etype) == wanted:
        return
    with now.writing() as uow:
        save_state(uow, now.user_id, etype, wanted)
        uow.commit()
