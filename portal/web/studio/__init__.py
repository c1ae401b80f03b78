"""The studio: a centre's configuration worked on in the browser, from the first draft to what is in force."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.web.navigation import NavItem, navigation
from portal.web.studio.back_test import BackTestView
from portal.web.studio.drafts import DraftView
from portal.web.studio.figures import FigureView
from portal.web.studio.home import StudioView

VIEWS = (StudioView, DraftView, BackTestView, FigureView)


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages and their line of the navigation."""
    for view in VIEWS:
        appbuilder.add_view_no_menu(view)
    item = NavItem(
        "studio", msg("Studio"), "adjustments", "/studio/", ("can_list", "Entity.draft"), "centre", 25
    )
    navigation(app).add(item)


__all__ = ["register"]
