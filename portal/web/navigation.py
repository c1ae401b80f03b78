"""The left navigation: what there is to do, in the order of the work, limited to what the person may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from flask import Flask, current_app, render_template
from markupsafe import Markup

from portal.core.access import Access
from portal.core.errors import msg
from portal.core.kept import Kept
from portal.web import access, language

MOST_PEOPLE = 5_000
MOST_SIDEBARS = 1_000
GROUPS = {
    "work": msg("Work"),
    "records": msg("Records"),
    "centre": msg("Centre"),
    "insight": msg("Statistics"),
    "admin": msg("Administration"),
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line; ``permission`` is a (permission, view) pair, None means everybody signed in."""

    id: str
    label: str
    icon: str
    url: str
    permission: tuple[str, str] | None = None
    group: str = "work"
    order: int = 100
    translated: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A titled part of the navigation."""

    id: str
    label: str
    items: tuple[NavItem, ...]


Provider = Callable[[], Iterable[NavItem]]


class Navigation:
    """Everything that can be reached from the left; one per application.

    What a person may reach follows from the access, the release and the language; it is kept with the access,
    which is another one as soon as a role changes.
    """

    def __init__(self) -> None:
        self._items: dict[str, NavItem] = {}
        self._providers: list[Provider] = []
        self._kept: Kept[int, tuple[Access, dict[tuple[str, str], tuple[NavGroup, ...]]]] = Kept(MOST_PEOPLE)
        self._html: Kept[tuple[Any, ...], Markup] = Kept(MOST_SIDEBARS)

    def add(self, *items: NavItem) -> None:
        """Register lines that are always the same."""
        self._items.update({item.id: item for item in items})

    def provide(self, provider: Provider) -> None:
        """Register a source of lines that depend on the release, such as the published entity types."""
        self._providers.append(provider)

    def groups(self) -> tuple[NavGroup, ...]:
        """Return what the person of this request may reach, in the language of this request."""
        mine = access.current()
        if mine.user_id is None:
            return ()
        known = self._kept.get(mine.user_id)
        if known is None or known[0] is not mine:
            known = self._kept.put(mine.user_id, (mine, {}))
        bundle = access.bundle()
        key = (language.current(), bundle.digest if bundle else "")
        found = known[1].get(key)
        if found is None:
            found = known[1][key] = self._build()
        return found

    def html(self, groups: tuple[NavGroup, ...], active: frozenset[str], brand: str) -> Markup:
        """Return the sidebar; people who may reach the same share it."""
        icons = current_app.jinja_env.globals["asset"]("vendor/icons.svg")  # type: ignore[operator]
        key = (groups, active, brand, language.current(), icons)
        found = self._html.get(key)
        if found is None:
            html = render_template("shell/sidebar.html", groups=groups, active=active, brand=brand)
            found = self._html.put(key, Markup(html))
        return found

    def _build(self) -> tuple[NavGroup, ...]:
        items = [*self._items.values()]
        for provider in self._providers:
            items.extend(provider())
        visible = [_in_words(i) for i in items if i.permission is None or access.allowed(*i.permission)]
        visible.sort(key=lambda item: (item.order, item.id))
        return tuple(
            NavGroup(key, language.translate(label), tuple(i for i in visible if i.group == key))
            for key, label in GROUPS.items()
            if any(i.group == key for i in visible)
        )


def _in_words(item: NavItem) -> NavItem:
    return item if item.translated else replace(item, label=language.translate(item.label), translated=True)


def init_navigation(app: Flask) -> Navigation:
    """Give the application its navigation."""
    app.extensions["navigation"] = Navigation()
    return navigation(app)


def navigation(app: Flask) -> Navigation:
    """Return the navigation of the application."""
    return cast("Navigation", app.extensions["navigation"])
