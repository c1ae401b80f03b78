"""The wizard of a new centre: its unit, what it works by, its people, what is still the city's."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.new_centre.view import NewCentreView


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; the first page of the studio leads to them."""
    appbuilder.add_view_no_menu(NewCentreView)


__all__ = ["register"]
