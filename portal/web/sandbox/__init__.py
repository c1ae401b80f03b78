"""Sandboxes of drafts: a page that makes one, and everything below ``/try/<draft>``, which is a portal of its own."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.access import MADE_UP
from portal.web.sandbox.view import SandboxView
from portal.web.security import csrf


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application these pages; a sandbox has none of its own."""
    if MADE_UP in app.extensions:
        return
    appbuilder.add_view_no_menu(SandboxView)
    # What is sent into a sandbox carries the sandbox's own token, and is checked there.
    csrf.exempt(SandboxView.enter)


__all__ = ["register"]
