"""Pages on which records of other systems are taken over: sources, mappings, files with their faults."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.web.importing.giving import SourceView
from portal.web.importing.view import ImportView
from portal.web.navigation import NavItem, navigation


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages and their line of the navigation."""
    appbuilder.add_view_no_menu(ImportView)
    appbuilder.add_view_no_menu(SourceView)
    item = NavItem(
        "imports",
        msg("Imports"),
        "upload",
        "/imports/",
        ("can_list", "Entity.import"),
        "centre",
        40,
    )
    navigation(app).add(item)


__all__ = ["register"]
