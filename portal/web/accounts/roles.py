"""Roles as a matrix of things by actions, in the person's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask import abort
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.views import RoleModelView
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from portal.core.access import ACTIONS, ADMIN, ANY, THINGS, Grant, grants_of
from portal.core.errors import msg
from portal.core.text import Texts
from portal.services import users
from portal.web import access
from portal.web.accounts.listing import SafeList
from portal.web.language import current, translate
from portal.web.navigation import GROUPS


@dataclass(frozen=True, slots=True)
class Row:
    """One thing and which actions a role may do with it."""

    thing: str
    title: str
    allowed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The things by the actions of one role, grouped."""

    actions: tuple[str, ...]
    groups: dict[str, list[Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role in the list."""

    id: str
    title: str
    description: str
    things: int
    people: int
    source: str


class RoleView(SafeList, RoleModelView):
    """What each role may do; the roles themselves are part of the configuration in force."""

    class_permission_name = "RoleModelView"
    list_title = lazy_gettext("Roles")
    order_columns: ClassVar[list[str]] = ["name"]
    include_route_methods: ClassVar = {"list", "matrix"}
    default_view = "list"

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """List the roles of the configuration in force at the person's unit, and how many hold each there or below."""
        bundle, session = access.bundle(), access.session()
        holders: dict[str, set[int]] = {}
        for root in access.current().paths("role", "list"):
            for entry in users.assignments(session, unit_path=root, portal=access.portal()):
                if not entry.waits:
                    holders.setdefault(entry.role, set()).add(entry.user_id)
        say = _say(bundle)
        lines = [
            RoleLine(
                id=key,
                title=say(role["title"]),
                description=say(role.get("description")),
                things=len(role.get("grants", {})),
                people=len(holders.get(key, ())),
                source=bundle.pack if bundle else "",
            )
            for key, role in _roles(bundle)
        ]
        lines.append(
            RoleLine(
                ADMIN,
                translate(msg("Administrator")),
                translate(
                    msg("May do everything at the unit and below it")
                    if access.portal().policy.admin_records
                    else msg(
                        "Keeps accounts, units and configuration at the unit and below it; sees no cases"
                    )
                ),
                len(_things(bundle)),
                len(holders.get(ADMIN, ())),
                "",
            )
        )
        return self.render_template("accounts/roles.html", title=self.list_title, roles=lines, bundle=bundle)

    @expose("/matrix/<role>")
    @has_access
    def matrix(self, role: str) -> Any | Response:
        """Show what one role may do."""
        bundle = access.bundle()
        definition = dict(_roles(bundle)).get(role)
        if role != ADMIN and definition is None:
            abort(404)
        say = _say(bundle)
        title = translate(msg("Administrator")) if definition is None else say(definition["title"])
        return self.render_template(
            "accounts/role.html",
            title=title,
            subtitle=say((definition or {}).get("description")),
            matrix=matrix_of(
                grants_of(role, "/", definition, admin_records=access.portal().policy.admin_records),
                _things(bundle),
            ),
            bundle=bundle,
            crumbs=[(translate(msg("Roles")), "/roles/list/")],
        )


def _say(bundle: Any) -> Texts:
    return bundle.texts(current()) if bundle else Texts(current())


def _roles(bundle: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the shown roles of a bundle, in order."""
    found = bundle.raw.get("roles", {}) if bundle else {}
    shown = [(key, role) for key, role in found.items() if not role.get("hidden")]
    return sorted(shown, key=lambda pair: (pair[1].get("order", 0), pair[0]))


def _things(bundle: Any) -> list[tuple[str, str, str]]:
    """Return (group, thing, title) of everything a role can be granted."""
    say = _say(bundle)
    records = [("records", kind.id, say(kind.title)) for kind in bundle.entities()] if bundle else []
    return records + [(thing.group, thing.name, translate(thing.title)) for thing in THINGS.values()]


def matrix_of(grants: Iterable[Grant], things: list[tuple[str, str, str]]) -> Matrix:
    """Return the matrix of what ``grants`` allow."""
    held = tuple(grants)
    actions = tuple(ACTIONS)
    used = {a for grant in held for a in grant.actions} - {ANY}
    shown = (
        tuple(a for a in actions if a in used or any(ANY in grant.actions for grant in held)) or actions[:5]
    )
    groups: dict[str, list[Row]] = {}
    for group, thing, title in things:
        allowed = tuple(any(grant.allows(thing, action) for grant in held) for action in shown)
        groups.setdefault(translate(GROUPS[group]), []).append(Row(thing, title, allowed))
    return Matrix(tuple(translate(ACTIONS[a].title) for a in shown), groups)
