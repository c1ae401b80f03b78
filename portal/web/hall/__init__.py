"""The designer of a hall: the plan, the same as a table, the week of those stationed, lists of what has to be there."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.hall.view import HallView


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; the first page of the studio leads to them."""
    appbuilder.add_view_no_menu(HallView)


__all__ = ["register"]
