"""A view of a list is kept, opened again, deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import flash, redirect, request

from portal.core.errors import InvalidInput, NotFound, msg
from portal.persistence.models import SavedView
from portal.services import records
from portal.services.records import Page
from portal.web.language import translate
from portal.web.records.forms.posted import refused_in_words
from portal.web.words.here import Here
from portal.web.words.links import list_url
from portal.web.words.list_query import to_query
from portal.web.words.list_state import FROM, SORT, TO, ListState, read
from portal.web.words.saved_views import VIEW, kept_pairs, query_of
from portal.web.words.screen import Screen

# An address holds no more than this, and a view keeps less.
MAX_POSTED, MAX_PAIRS = 8_000, 200


@dataclass(frozen=True, slots=True)
class Opened:
    """The list of a view, and the filters of the view that no longer hold."""

    state: ListState
    page: Page
    fallen: tuple[str, ...]


def open_view(now: Here, screen: Screen, wanted: str) -> Opened:
    """Return the list of a view; what a later release no longer filters by is left out and told."""
    view = records.saved_view(now.session, now.user_id, screen.entity.id, _number(wanted))
    pairs, fallen = parse_qsl(view.query), dict[str, None]()
    while True:
        try:
            state = read(pairs, screen)
            return Opened(state, now.search(to_query(state, screen, now.session)), tuple(fallen))
        except InvalidInput as refused:
            # A refusal that names none of them concerns them all.
            named = (
                {SORT} if refused.code == "order.invalid" else {_key(one.pointer) for one in refused.problems}
            )
            wrong = named & {_key(key) for key, _ in pairs}
            gone = [pair for pair in pairs if not wrong or _key(pair[0]) in wrong]
            if not gone:
                raise
            pairs = [pair for pair in pairs if pair not in gone]
            fallen |= dict.fromkeys(_called(screen, view, key) for key, _ in gone)


def save_view(now: Here, etype: str) -> Any:
    """Keep the list that the form was sent from; a refusal is told on the same list."""
    screen, state = now.screen(etype), ListState()
    try:
        state = _posted(screen)
        pairs = kept_pairs(state)
        labels = {key: _label(screen, key) for key, _ in pairs}
        with now.writing() as uow:
            made = records.save_view(
                uow, now.user_id, etype, request.form.get("name", ""), query_of(state), labels
            )
            uow.commit()
    except InvalidInput as refused:
        flash(refused_in_words(refused), "danger")
        return redirect(list_url(etype, state.pairs() or [("all", "1")]), 303)
    flash(translate(msg("The view is saved.")), "success")
    return redirect(list_url(etype, [(VIEW, str(made))]), 303)


def drop_view(now: Here, etype: str) -> Any:
    """Delete one of the person's views, and go back to the whole list."""
    with now.writing() as uow:
        records.drop_view(uow, now.user_id, etype, _number(request.form.get(VIEW, "")))
        uow.commit()
    flash(translate(msg("The view is deleted.")), "success")
    return redirect(list_url(etype), 303)


def _posted(screen: Screen) -> ListState:
    """Return the list that a form names: only what the list knows is read."""
    given = request.form.get("query", "")
    try:
        pairs = parse_qsl(given, max_num_fields=MAX_PAIRS) if len(given) <= MAX_POSTED else None
    except ValueError:
        pairs = None
    if pairs is None:
        raise InvalidInput("view.long", msg("These are too many filters to save: choose fewer"))
    return read(pairs, screen)


def _number(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise NotFound("view.unknown", msg("There is no such view"))
    return int(given)


def _key(written: str) -> str:
    """Return the filter that an argument belongs to: both bounds of a range are one."""
    return next((written.removesuffix(end) for end in (FROM, TO) if written.endswith(end)), written)


def _label(screen: Screen, key: str) -> str:
    found = screen.find(_key(key))
    return found.label if found is not None else ""


def _called(screen: Screen, view: SavedView, key: str) -> str:
    """Return what a filter is called, now or when the view was saved."""
    if key == SORT:
        return translate(msg("Order"))
    return _label(screen, key) or str((view.labels or {}).get(key) or translate(msg("a filter")))
