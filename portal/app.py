"""The composition root: settings in, a web application out. Everything the portal is made of meets here."""

from __future__ import annotations

import contextlib
import importlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.pack_files import shipped_root
from portal.core.errors import msg
from portal.core.forms import matching
from portal.persistence.moments import KEY, Now
from portal.services.portal import Portal
from portal.settings import Settings
from portal.web.access import MADE_UP, init_access
from portal.web.accounts.ended import init_ended
from portal.web.accounts.manager import PortalSecurityManager
from portal.web.accounts.people_table import PeopleView
from portal.web.accounts.saving import init_back
from portal.web.accounts.second_factor import SecondFactorPages
from portal.web.accounts.sessions import SessionPages, init_sessions
from portal.web.errors import init_errors
from portal.web.health import init_health
from portal.web.home import HomeView
from portal.web.jobs import JobView
from portal.web.language import init_language, language_config
from portal.web.layout import LayoutView
from portal.web.navigation import NavItem, init_navigation, navigation
from portal.web.numbers import init_numbers
from portal.web.observing import init_observing, init_request_ids
from portal.web.parts import init_macros, init_parts
from portal.web.releases import ReleaseView
from portal.web.sandbox.apps import init_sandboxes
from portal.web.sandbox.made_up import close_all_else
from portal.web.security import init_security, security_config
from portal.web.shell import init_shell
from portal.web.static_files import init_static
from portal.web.units import UnitView, init_unit_choice

WEB = Path(__file__).parent / "web"
log = logging.getLogger("portal.web")


class PortalSQLA(SQLA):
    """Flask-SQLAlchemy on the engine of the services: one pool of connections per process."""

    def __init__(self, engine: Engine, now: Now) -> None:
        self._portal_engine = engine
        super().__init__(model_class=Model, session_options={"info": {KEY: now}})

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        return self._portal_engine

    def _teardown_session(self, exc: BaseException | None) -> None:
        """Close the session of a request; where its connection is dead there is nothing to roll back."""
        try:
            self.session.remove()
        except SQLAlchemyError:
            # The answer stands already, and what was committed is stored: this is nobody's failure any more.
            log.warning("the session of a request could not be closed", exc_info=True)
            with contextlib.suppress(SQLAlchemyError):
                self.session.registry().invalidate()
        finally:
            self.session.registry.clear()


def create_app(settings: Settings | None = None, portal: Portal | None = None, made_up: Any = None) -> Flask:
    """Return the application; it opens no connection before the first request.

    With somebody ``made_up`` it is the application of a sandbox, in which nobody signs in.
    """
    settings = settings or Settings.from_env()
    portal = portal or Portal.from_settings(settings)
    app = Flask("portal", static_folder=None, template_folder=str(WEB / "templates"))
    app.config.update(_config(settings))
    app.testing = settings.testing
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["portal"] = portal
    if made_up is None:
        init_sandboxes(app, settings, create_app)
    else:
        app.extensions[MADE_UP] = made_up
    init_request_ids(app)
    app.before_request(matching.begin)
    init_security(app, settings)
    init_sessions(app, settings)
    init_static(app)
    init_navigation(app)
    init_numbers(app)
    database = PortalSQLA(portal.database.engine, portal.clock.now)
    database.init_app(app)
    with app.app_context():
        appbuilder = AppBuilder(
            app,
            database.session,
            indexview=HomeView,
            base_template="base.html",
            security_manager_class=PortalSecurityManager,
        )
        init_language(app)
        init_shell(app)
        init_back(app)
        init_parts(app)
        init_ended(app)
        init_access(app)
        init_errors(app)
        init_health(app, settings)
        init_unit_choice(app)
        register_views(app, appbuilder)
        init_observing(app)
        init_macros(app)
        if made_up is not None:
            close_all_else(app)
    return app


def register_views(app: Flask, appbuilder: AppBuilder) -> None:
    """Register the portal's own views and what they add to the navigation."""
    for view in (LayoutView, UnitView, ReleaseView, SessionPages, SecondFactorPages, PeopleView, JobView):
        appbuilder.add_view_no_menu(view)
    for part in (
        "portal.web.forms",
        "portal.web.records",
        "portal.web.audit",
        "portal.web.importing",
        "portal.web.archive",
        "portal.web.editing",
        "portal.web.ruling",
        "portal.web.designing",
        "portal.web.hall",
        "portal.web.new_centre",
        "portal.web.sandbox",
        "portal.web.overviews",
        "portal.web.studio",
        "portal.web.rollout",
        "portal.web.board",
        "portal.web.api",
        "portal.web.public",
    ):
        register = getattr(importlib.import_module(part), "register", None)
        if register is not None:
            register(app, appbuilder)
    navigation(app).add(*NAVIGATION)


NAVIGATION = (
    NavItem("home", msg("Worklist"), "home", "/", group="work", order=1),
    NavItem("layout", msg("Layout"), "layout", "/layout/", ("can_list", "Entity.layout"), "centre", 10),
    NavItem("units", msg("Units"), "sitemap", "/units/", ("can_list", "Entity.unit"), "centre", 20),
    NavItem(
        "releases", msg("Releases"), "package", "/releases/", ("can_list", "Entity.release"), "centre", 30
    ),
    NavItem("users", msg("Users"), "users", "/users/list/", ("can_list", "UserDBModelView"), "admin", 10),
    NavItem(
        "roles", msg("Roles"), "shield-check", "/roles/list/", ("can_list", "RoleModelView"), "admin", 20
    ),
)


def _config(settings: Settings) -> dict[str, Any]:
    """Return the configuration of Flask and Flask-AppBuilder."""
    logging.getLogger("flask_appbuilder").setLevel(logging.WARNING)
    return {
        **security_config(settings),
        **language_config(shipped_root() / "translations"),
        "APP_NAME": "One Door",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_TRACK_MODIFICATIONS": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "AUTH_RATE_LIMITED": False,
        "RATELIMIT_ENABLED": False,
        "RATELIMIT_STORAGE_URI": "memory://",
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_ADD_MENU_API": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_ADD_SECURITY_PERMISSION_VIEW": False,
        "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,
        "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,
        "FAB_ALLOW_GET_UNSAFE_MUTATIONS": False,
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=15),
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(hours=settings.session_hours),
        "JSON_AS_ASCII": False,
    }
