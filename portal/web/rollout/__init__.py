"""Roll-out on screen: a county's page of a new version, what differs below a city, campaigns in waves."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.web.navigation import NavItem, navigation
from portal.web.rollout.answers import AnswersView, VersionAnswersView
from portal.web.rollout.drift import DriftView
from portal.web.rollout.packages import PackagesView
from portal.web.rollout.pilot import PilotView
from portal.web.rollout.plans import PlansView
from portal.web.rollout.version import VersionView
from portal.web.rollout.waves import WavesView

VIEWS = (
    VersionView,
    PlansView,
    DriftView,
    PilotView,
    WavesView,
    AnswersView,
    VersionAnswersView,
    PackagesView,
)


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages and their line of the navigation."""
    for view in VIEWS:
        appbuilder.add_view_no_menu(view)
    item = NavItem(
        "rollout", msg("New versions"), "package", "/rollout/", ("can_list", "Entity.draft"), "centre", 26
    )
    navigation(app).add(item)


__all__ = ["register"]
