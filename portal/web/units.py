"""The units browser: the management tree with search, and what is special about a unit."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, g, redirect, render_template, request
from flask import session as flask_session
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from portal.core.errors import msg
from portal.persistence.models import Unit
from portal.services import units
from portal.services.users import receivers
from portal.services.users.coverage import Stationed, stationed_at
from portal.web import access, language
from portal.web.redirects import local
from portal.web.words.stationing import MODES

ROOTS_OPEN = 5
LEVELS = {
    "province": msg("Province"),
    "city": msg("City"),
    "county": msg("County"),
    "township": msg("Township"),
    "village": msg("Village or community"),
    "point": msg("Mediation point"),
    "department": msg("Department"),
}
FLAGS = {
    "pseudo_township": msg("Not a statutory township (zone, park or base in the statistics)"),
    "virtual_village": msg("Virtual village: exists only for statistics"),
    "quasi_village": msg("Quasi village: area without a committee of its own"),
}


class UnitView(BaseView):
    """The tree of units."""

    route_base = "/units"
    class_permission_name = "Entity.unit"
    default_view = "browse"

    @expose("/")
    @has_access
    @permission_name("list")
    def browse(self) -> Any:
        """Show the tree, the result of a search, or one unit beside the tree."""
        session, query = access.session(), request.args.get("q", "").strip()
        roots = units.children(session, None)
        return self.render_template(
            "units/units.html",
            nav_active="units",
            title=language.translate(msg("Units")),
            query=query,
            hits=access.portal().choices.at(session, g.get("stamp")).search(query, 50) if query else None,
            roots=roots,
            first_level={root.id: units.children(session, root.id) for root in roots[:ROOTS_OPEN]},
            flags=_flags(),
            levels=_levels(),
            special=_special(session),
            totals=_totals(session),
            keeps_accounts=bool(access.current().paths("user", "list")),
        )

    @expose("/without-receiver")
    @has_access
    @permission_name("list")
    def without_receiver(self) -> Any:
        """Show keepers of accounts the units that can be sent matters where nobody would receive them."""
        paths = access.current().paths("user", "list")
        if not paths:
            abort(403)
        session = access.session()
        sendable = receivers.sendable(session, paths)
        lacking = receivers.without_receiver(access.portal(), session, sendable)
        return self.render_template(
            "units/without_receiver.html",
            nav_active="units",
            title=language.translate(msg("Units without a receiver")),
            crumbs=[(language.translate(msg("Units")), "/units/")],
            lacking=lacking,
            covered=len(sendable) - len(lacking),
            sendable=len(sendable),
            # Rounded down: nothing but all of them is a hundred.
            share=100 * (len(sendable) - len(lacking)) // max(len(sendable), 1),
            levels=_levels(),
            stationed=_stationed(),
        )

    @expose("/branch/<number:unit_id>")
    @has_access
    @permission_name("list")
    def branch(self, unit_id: int) -> str:
        """Return the lines right below a unit, for the tree."""
        session = access.session()
        if session.get(Unit, unit_id) is None:
            abort(404)
        nodes = units.children(session, unit_id)
        return render_template("units/branch.html", nodes=nodes, levels=_levels(), flags=_flags())

    @expose("/show/<code>")
    @has_access
    @permission_name("list")
    def show(self, code: str) -> Any:
        """Show one unit: where it stands, by management and by statute, and what was corrected and why."""
        session = access.session()
        unit = units.by_code(session, code)
        centre = units.centre_of(session, unit)
        statutory = unit.statutory_parent_code
        statutory_parent = session.scalar(select(Unit).where(Unit.code == statutory)) if statutory else None
        parent = session.get(Unit, unit.parent_id) if unit.parent_id else None
        return self.render_template(
            "units/unit.html",
            nav_active="units",
            title=unit.name,
            unit=unit,
            crumbs=[(language.translate(msg("Units")), "/units/")],
            above=units.trail(session, unit)[:-1],
            below=units.children(session, unit.id),
            centre=centre,
            parent=parent,
            statutory_parent=statutory_parent,
            differs=parent is not None and bool(statutory) and statutory != parent.code,
            levels=_levels(),
            flags=_flags(),
        )


def _stationed() -> list[tuple[Stationed, str, str]]:
    """Return the departments that are stationed where the person works, each with its title and how it is there."""
    here, bundle = access.home(), access.bundle()
    if here is None or here.centre is None or bundle is None:
        return []
    texts = bundle.texts(language.current())
    found = stationed_at(access.portal(), access.session(), here.centre, bundle)
    comma = language.translate(msg(", "))
    return [
        (one, texts(one.title), comma.join(language.translate(MODES[mode]) for mode in one.modes))
        for one in found
    ]


def _levels() -> dict[str, str]:
    return {key: language.translate(text) for key, text in LEVELS.items()}


def _flags() -> dict[str, str]:
    return {key: language.translate(text) for key, text in FLAGS.items()}


def _special(session: Any) -> list[Unit]:
    """Return the units that were corrected locally, with the reasons."""
    query = select(Unit).where(Unit.note != "", Unit.level.in_(("county", "township", "village", "point")))
    return list(session.scalars(query.order_by(Unit.code).limit(100)))


def _totals(session: Any) -> list[tuple[str, int, int]]:
    """Return how many units each level has, and how many of them are flagged."""
    rows = session.execute(
        select(Unit.level, func.count(), func.count().filter(Unit.flag != ""))
        .where(Unit.active)
        .group_by(Unit.level)
    )
    found = {level: (number, flagged) for level, number, flagged in rows}
    return [(language.translate(text), *found[key]) for key, text in LEVELS.items() if key in found]


def init_unit_choice(app: Flask) -> None:
    """Let a person with roles at several units say for which one to work now."""

    @app.post("/unit")
    def choose_unit() -> Response:
        code, target = request.form.get("code", ""), request.form.get("next", "/")
        if code not in {unit.code for unit in access.own_units()}:
            abort(404)
        flask_session["unit"] = code
        return redirect(local(target))
