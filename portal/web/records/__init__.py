"""Records of all entity types on screen: one dispatcher for whatever is published."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web import access, language
from portal.web.navigation import NavItem, navigation
from portal.web.records.forms import lookups
from portal.web.records.view import RecordsView
from portal.web.typed import ENTITY
from portal.web.words.links import list_url


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application its record pages, the lookups and the lines of the navigation."""
    appbuilder.add_view_no_menu(RecordsView)
    app.register_blueprint(lookups.blueprint)
    navigation(app).provide(entity_lines)


def entity_lines() -> Iterator[NavItem]:
    """Yield a line for each entity type of the release in force, in its order."""
    bundle = access.bundle()
    if bundle is None:
        return
    texts = bundle.texts(language.current())
    for entity in bundle.entities():
        # A type that belongs to another stands there only where its pack says so.
        if entity.nav and (entity.parent is None or entity.entity.get("nav")):
            yield NavItem(
                f"record-{entity.id}",
                texts(entity.name_plural),
                entity.icon,
                list_url(entity.id),
                ("can_list", f"{ENTITY}{entity.id}"),
                "records",
                int(entity.order),
                translated=True,
            )


__all__ = ["entity_lines", "register"]
