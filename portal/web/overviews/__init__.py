"""Pages that show one thing over a whole draft: its texts in all languages, its roles as a matrix."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.overviews.matrix import MatrixView
from portal.web.overviews.texts import TextsView


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; the first page of a draft leads to them."""
    appbuilder.add_view_no_menu(MatrixView)
    appbuilder.add_view_no_menu(TextsView)


__all__ = ["register"]
