"""Editors of the studio: lists of the things of a configuration, and a page for each."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; the first page of the studio leads to them."""
    # Designers build on the screens of this package, and its pages on sentences of the designers.
    from portal.web.editing.files import FilesView
    from portal.web.editing.view import EditorView

    appbuilder.add_view_no_menu(EditorView)
    appbuilder.add_view_no_menu(FilesView)


__all__ = ["register"]
