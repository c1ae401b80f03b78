"""The audit log on screen, and the note of what each request read."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.web.audit.reads import init_reads
from portal.web.audit.view import AuditView
from portal.web.navigation import NavItem, navigation


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application its audit screen and the hook that notes reads."""
    appbuilder.add_view_no_menu(AuditView)
    init_reads(app)
    navigation(app).add(
        NavItem("audit", msg("Audit log"), "history", "/audit/", ("can_list", "Entity.audit"), "admin", 30)
    )


__all__ = ["register"]
