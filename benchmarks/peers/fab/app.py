"""The application: the REST API of cases and their pages; ``PEER_DSN`` names the database."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, g
from flask_appbuilder import AppBuilder, ModelRestApi, ModelView
from flask_appbuilder.api import expose, safe
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import permission_name, protect
from flask_appbuilder.utils.legacy import get_sqla_class
from marshmallow import validate
from sqlalchemy import func, select

from benchmarks.peers.fab.models import Audit, Case, Unit
from benchmarks.peers.rows import CASE_COLUMNS, CATEGORIES, KINDS, SOURCES, STATES, URGENCIES

db = get_sqla_class()()
FIELDS = ["unit" if name == "unit_id" else name for name in CASE_COLUMNS]
SHOWN = ["id", *("unit.id" if name == "unit" else name for name in FIELDS)]


class Subtree(BaseFilter):
    """Cases of a unit and of those below it."""

    name, arg_name = "subtree", "subtree"

    def apply(self, query: Any, value: str) -> Any:
        """Narrow the query."""
        return query.filter(Case.unit_id.in_(select(Unit.id).where(Unit.path.like(f"{value}%"))))


class CaseApi(ModelRestApi):
    """Create, read, list and count."""

    datamodel = SQLAInterface(Case)
    resource_name = "case"
    list_columns = show_columns = SHOWN
    add_columns = edit_columns = FIELDS
    order_columns = ("registered_at",)
    search_columns = ("status", "category", "unit", "registered_at")
    search_filters = {"unit": [Subtree]}  # noqa: RUF012
    validators_columns = {  # noqa: RUF012
        "category": validate.OneOf(CATEGORIES),
        "status": validate.OneOf(STATES),
        "source": validate.OneOf(SOURCES),
        "urgency": validate.OneOf(URGENCIES),
        "subcategory": validate.OneOf(KINDS),
    }

    def pre_add(self, item: Any) -> None:
        """Write the audit row in the same transaction."""
        said = {"code": item.code, "status": item.status}
        item.audits.append(Audit(actor=g.user.id, action="create", payload=said))

    @expose("/counts/<path:path>")
    @protect()
    @safe
    @permission_name("get")
    def counts(self, path: str) -> Any:
        """Count by category and state below a unit."""
        counted = select(Case.category, Case.status, func.count(Case.id)).join(Unit)
        found = db.session.execute(
            counted.where(Unit.path.like(f"/{path}%")).group_by(Case.category, Case.status)
        )
        return self.response(200, result=[list(row) for row in found])


class CaseView(ModelView):
    """The pages of cases."""

    datamodel = SQLAInterface(Case)
    list_columns = ("code", "title", "applicant", "category", "status", "registered_at")
    show_columns = SHOWN
    search_columns = ("status", "category", "code")


def create_app() -> Flask:
    """Return the application."""
    app = Flask(__name__)
    dsn = os.environ["PEER_SQLALCHEMY_URL"]
    app.config.update(
        SECRET_KEY="benchmark" * 6,
        SQLALCHEMY_DATABASE_URI=dsn,
        SQLALCHEMY_TRACK_MODIFICATIONS=False,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 5, "max_overflow": 5},
        AUTH_TYPE=1,
        WTF_CSRF_ENABLED=True,
        FAB_API_SWAGGER_UI=False,
        RATELIMIT_ENABLED=False,
        JWT_ACCESS_TOKEN_EXPIRES=False,
        BABEL_DEFAULT_LOCALE="zh",
        LANGUAGES={"zh": {"flag": "cn", "name": "Chinese"}},
    )
    db.init_app(app)
    builder = AppBuilder()
    with app.app_context():
        builder.init_app(app, db.session)
        builder.add_api(CaseApi)
        builder.add_view(CaseView, "Cases", category="Cases")
    return app
