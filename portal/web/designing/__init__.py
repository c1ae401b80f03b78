"""Designers in the studio: forms as clerks see them, and courses of stages as a picture with cards."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.designing.forms import FormsView
from portal.web.designing.sentences import SentencesView
from portal.web.designing.stages import StagesView


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; the lists of forms and of courses lead to them."""
    for view in (FormsView, StagesView, SentencesView):
        appbuilder.add_view_no_menu(view)


__all__ = ["register"]
