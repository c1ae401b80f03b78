"""A person's own views of lists, as links: on the list itself and at home."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from portal.core.access import LIST
from portal.persistence.models import SavedView
from portal.services import records
from portal.web.words.here import Here
from portal.web.words.links import list_url
from portal.web.words.list_state import TEXT, ListState
from portal.web.words.screen import Screen

VIEW = "view"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Saved:
    """One of the person's views, as a link; ``current`` where the list shows just that."""

    id: int
    name: str
    url: str
    of: str
    current: bool = False


def kept_pairs(state: ListState) -> list[Pair]:
    """Return what a view keeps of a list: the page and the words of a search are left out."""
    return [pair for pair in state.at(1).pairs() if pair[0] != TEXT]


def query_of(state: ListState) -> str:
    """Return what a view keeps of a list as the arguments of an address."""
    return urlencode(kept_pairs(state))


def own_views(now: Here, screen: Screen, state: ListState) -> list[Saved]:
    """Return the person's views of a list."""
    etype, here = screen.entity.id, sorted(kept_pairs(state))
    return [
        Saved(
            one.id,
            one.name,
            _url(one),
            screen.plural,
            not state.text and sorted(parse_qsl(one.query)) == here,
        )
        for one in records.saved_views(now.session, now.user_id, etype)
    ]


def views_at_home(now: Here) -> list[Saved]:
    """Return the person's views of all lists that the release in force here has and the person may open."""
    known = {kind.id for kind in now.bundle.entities()}
    return [
        Saved(one.id, one.name, _url(one), now.screen(one.etype).plural)
        for one in records.saved_views(now.session, now.user_id)
        if one.etype in known and now.access.can(one.etype, LIST)
    ]


def _url(view: SavedView) -> str:
    return list_url(view.etype, [(VIEW, str(view.id))])
