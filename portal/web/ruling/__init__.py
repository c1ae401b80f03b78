"""Rules in the studio: sentences with pick lists, a table, parameters, examples, findings, and a place to try them."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.ruling.view import RulesView


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; the list of rule sets leads to them."""
    appbuilder.add_view_no_menu(RulesView)


__all__ = ["register"]
