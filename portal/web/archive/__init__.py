"""Pages on which volumes whose time is over are destroyed, and persons get what is kept about themselves."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.web.archive.subjects import SubjectView
from portal.web.archive.view import RetentionView
from portal.web.navigation import NavItem, navigation


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages and their lines of the navigation."""
    for view in (RetentionView, SubjectView):
        appbuilder.add_view_no_menu(view)
    keeping, asking = ("can_list", "Entity.retention"), ("can_list", "Entity.subject")
    navigation(app).add(
        NavItem("retention", msg("Keeping of volumes"), "archive", "/retention/", keeping, "centre", 50),
        NavItem("subjects", msg("Copies for persons"), "user-check", "/subjects/", asking, "centre", 60),
    )


__all__ = ["register"]
