"""Roles as a matrix: who may do what with a sort of record, and which role reads or writes which field."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.access import ACTIONS, THINGS
from portal.core.drafts import role_matrix as cells
from portal.core.editors.choices import Choices, asked_in
from portal.core.errors import InvalidInput, msg
from portal.core.text import Texts
from portal.services import drafts
from portal.services.drafts.loading import loaded
from portal.web import access, language
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.studio.bar import Bar, home_url, refusals, writing

PERMISSIONS, FIELDS = "permissions", "fields"
TABS = {PERMISSIONS: msg("What roles may do"), FIELDS: msg("What roles see of fields")}
LEVEL_WORDS = {
    "": msg("as sensitive as it is"),
    "hidden": msg("Not shown"),
    "masked": msg("Shown masked"),
    "read": msg("Can be read"),
    "write": msg("Can be filled in"),
}


class MatrixView(BaseView):
    """The roles of a draft in one table."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/matrix", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show what the roles may do with one sort of record, or with its fields."""
        bar = Bar.of(key, "roles")
        document = loaded(access.session(), bar.row).document
        tab = FIELDS if request.args.get("view") == FIELDS else PERMISSIONS
        things = cells.forms_in(document) if tab == FIELDS else cells.things_in(document)
        thing = request.args.get("of", "")
        thing = thing if thing in things else next(iter(things), "")
        texts = Texts(language.current(), document.get("translations") or {})
        roles = [
            (role, texts(document["roles"][role].get("title"), role)) for role in cells.roles_in(document)
        ]
        here = Choices(document, f"/forms/{thing}", texts, translate)
        lines = _fields(here, thing) if tab == FIELDS else _actions(thing)
        values = _values(document, tab, thing, [role for role, _ in roles], [name for name, _ in lines])
        body = self.render_template(
            "overviews/matrix.html",
            nav_active="studio",
            title=translate(msg("Roles and what they may do")),
            crumbs=[(translate(msg("Studio")), home_url(key))],
            bar=bar,
            tabs={name: translate(text) for name, text in TABS.items()},
            tab=tab,
            things=[(one, _called(here, one)) for one in things],
            thing=thing,
            roles=roles,
            lines=lines,
            values=values,
            seen=json.dumps(values),
            levels=[(name, translate(text)) for name, text in LEVEL_WORDS.items()],
        )
        return no_store(make_response(body))

    @expose("/<key>/matrix", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, key: str) -> Any:
        """Make each cell that was changed a change of the draft, all or none."""
        asked = request.form
        tab = FIELDS if asked.get("view") == FIELDS else PERMISSIONS
        back = url_for("MatrixView.show", key=key, view=tab, of=asked.get("of", ""))
        with refusals(back), writing() as uow:
            row = drafts.draft_of(uow.session, key)
            document = loaded(uow.session, row).document
            seen = _seen(asked.get("seen", ""))
            sent = {name: asked.get(f"c:{name}", "") for name in seen}
            here = Choices(document, f"/forms/{asked.get('of', '')}")
            fields = [where for where, _ in asked_in(here, asked.get("of", ""))]
            changes = cells.wanted_changes(document, asked.get("of", ""), seen, sent, fields)
            made = drafts.change(uow, key, changes)
            uow.commit()
            flash(translate(msg("%(count)s changes saved.")) % {"count": made.count}, "success")
        return redirect(back)


def _seen(text: str) -> dict[str, str]:
    """Return the cells as the page had them; InvalidInput for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise InvalidInput("editor.part", msg("The page did not arrive whole. Load it again"))
    return found


def _actions(thing: str) -> list[tuple[str, str]]:
    return [(name, translate(ACTIONS[name].title)) for name in cells.actions_of(thing)]


def _fields(here: Choices, thing: str) -> list[tuple[str, str]]:
    return asked_in(here, thing)


def _values(document: Any, tab: str, thing: str, roles: list[str], lines: list[str]) -> dict[str, str]:
    """Return what stands in each cell, by its name."""
    if tab == FIELDS:
        return {f"{role}:{one}": cells.level(document, role, thing, one) for role in roles for one in lines}
    return {
        f"{role}:{one}": "1" if cells.granted(document, role, thing, one) else ""
        for role in roles
        for one in lines
    }


def _called(here: Choices, thing: str) -> str:
    if thing in THINGS:
        return translate(THINGS[thing].title)
    return here.name(here.section("forms", thing), thing)
