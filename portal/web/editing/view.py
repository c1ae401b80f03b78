"""Pages of the editors: `/studio/<draft>/<part>` and all below it, and the acts on them."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, make_response, redirect, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.core import pointer as pointers
from portal.core.editors import Entered, areas
from portal.core.editors.naming import ref_of, uses
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError, msg
from portal.core.forms.state import FormState
from portal.web import access
from portal.web.designing.sentence_desk import said_of
from portal.web.editing import picking, saving
from portal.web.editing.files import paper_of
from portal.web.editing.finding import findings_of
from portal.web.editing.listing import door_of, listing_of
from portal.web.editing.screen import APART, SEEN, Screen, address
from portal.web.forms.render import render_body
from portal.web.language import translate
from portal.web.studio.bar import Bar, home_url

_PLACE = f"/<key>/<any({','.join(areas())}):area>"
_ACTS = ("add", "copy", "remove", "hide", "show", "give_back", "call", "up", "down")
_FORM = "editor"
_LARGEST = 4_000_000


class EditorView(BaseView):
    """Editors of the parts of a draft."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose(_PLACE, methods=["GET"])
    @expose(_PLACE + "/<path:place>", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str, area: str, place: str = "") -> Any:
        """Show the page of a place of a draft."""
        screen = Screen.of(key, _pointer(area, place), request.args.get("apart", ""))
        return self._page(screen)

    @expose(_PLACE, methods=["POST"])
    @expose(_PLACE + "/<path:place>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, key: str, area: str, place: str = "") -> Any:
        """Save what was changed on a page, at once, and say so."""
        asked = request.form
        if SEEN not in asked:
            raise InvalidInput("editor.part", msg("The page did not arrive whole. Load it again"))
        screen = Screen.of(key, _pointer(area, place), asked.get(APART, ""), asked.get(SEEN, ""))
        if screen.page.form is None:
            raise InvalidInput("editor.part", msg("The page did not arrive whole. Load it again"))
        pairs = [
            (name, text) for name, text in asked.items(multi=True) if name not in (SEEN, APART, "csrf_token")
        ]
        entered = screen.edited.entered(pairs)
        refused: PortalError | None = None
        if entered.changes:
            try:
                saving.save(key, list(entered.changes))
            except (Conflict, Forbidden, InvalidInput) as error:
                refused = error
        access.session().rollback()  # what was saved, and what others did meanwhile, is read anew
        again = Screen.of(key, screen.pointer, asked.get(APART, ""))
        if "HX-Request" not in request.headers:
            return self._page(again, entered, refused)
        return _answer(again, entered, refused)

    @expose("/<key>/do/<act>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def do(self, key: str, act: str) -> Response:
        """Add, take away, give back or call otherwise a thing, and go on from there."""
        pointer = request.form.get("at", "")
        back = address(key, pointer.rpartition("/")[0])
        if act not in _ACTS or not pointer.startswith("/") or pointer[1:].split("/")[0] not in areas():
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        try:
            return redirect(_done(key, act, pointer, back))
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            foreign = isinstance(error, Forbidden) and not error.code.startswith("draft.")
            # A thing that another person took away meanwhile is told on the page that it was on.
            if foreign or (isinstance(error, NotFound) and error.code != "editor.gone"):
                raise
            for text in _said(error):
                flash(text, "danger")
            return redirect(address(key, pointer) if act == "add" else back)

    @expose("/<key>/pick/<ref>", methods=["GET"])
    @has_access
    @permission_name("list")
    def pick(self, key: str, ref: str) -> Response:
        """Return what a reference of a page may name."""
        screen = Screen.of(key, request.args.get("page", ""))
        asked = [
            request.args.get(name, "").replace("\x00", "").strip()[:120] for name in ("q", "named", "parent")
        ]
        response = jsonify(picking.found(screen, ref, *asked))
        response.headers["Cache-Control"] = "private, max-age=5"
        return response

    def _page(
        self, screen: Screen, entered: Entered | None = None, refused: PortalError | None = None
    ) -> Any:
        return self.render_template(
            "editing/page.html", nav_active="studio", **parts_of(screen, entered, refused)
        )


def _pointer(area: str, place: str) -> str:
    return f"/{area}/{place}" if place else f"/{area}"


def parts_of(screen: Screen, entered: Entered | None, refused: PortalError | None) -> dict[str, Any]:
    """Return what a page of a place of a draft shows."""
    page, query = screen.page, request.args.get("q", "").strip()[:60]
    lists, doors = [], []
    if page.things is not None:
        lists.append(listing_of(screen, screen.pointer, page.shape, query))
    for part in page.parts:
        where = f"{screen.pointer}/{part.name}"
        if part.things:
            lists.append(listing_of(screen, where, part.shape, query))
        else:
            doors.append(door_of(screen, part))
    above = screen.pointer.rpartition("/")[0]
    return {
        "screen": screen,
        "bar": Bar.of(screen.row.uid, pointers.split(screen.pointer)[0]),
        "title": screen.title,
        "crumbs": [(translate(msg("Studio")), home_url(screen.row.uid)), *screen.crumbs],
        "body": _body(screen, entered) if page.form is not None else "",
        "lists": lists,
        "doors": doors,
        "query": query,
        "refused": _said(refused) if refused is not None else [],
        "entered": entered,
        "form_id": _FORM,
        "uses": len(uses(screen.draft.document, screen.pointer)) if above and ref_of(above) else None,
        "findings": findings_of(screen),
        "paper": paper_of(screen),
        "sentences": said_of(screen),
    }


def _body(screen: Screen, entered: Entered | None) -> Markup:
    """Return the body of the form: of the value, or of what came back with it."""
    edited = screen.edited
    if not screen.may_edit or screen.readonly:
        edited.readonly = screen.readonly
    url = address(screen.row.uid, screen.pointer)
    context = picking.context_of(screen)
    if entered is None or (not entered.errors and not entered.action):
        return render_body(edited.form, edited.data, context=context, refresh_url=url, form_id=_FORM)
    state = entered.state or FormState()
    return render_body(
        edited.form,
        entered.data,
        entered.errors,
        state=state,
        context=context,
        refresh_url=url,
        form_id=_FORM,
    )


def _answer(screen: Screen, entered: Entered, refused: PortalError | None) -> Response:
    """Return what the page takes over after a save: what it says of itself, and its body where that is another."""
    whole = bool(entered.action) or bool(entered.errors) or "_refresh" in request.form or refused is not None
    html = render_template(
        "editing/saved.html",
        screen=screen,
        entered=entered,
        refused=_said(refused) if refused is not None else [],
        body=_body(screen, entered if refused is None else None) if whole else None,
        form_id=_FORM,
        findings=findings_of(screen),
    )
    return make_response(html)


def _said(error: PortalError) -> list[str]:
    told = []
    for problem in error.problems:
        place, text = problem.place_text(translate), problem.text(translate)
        told.append(translate(msg("%(place)s: %(said)s")) % {"place": place, "said": text} if place else text)
    return list(dict.fromkeys(told))[:20] or [error.text(translate)]


def _done(key: str, act: str, pointer: str, back: str) -> str:
    if act == "add":
        shape = Screen.of(key, pointer).page.shape
        made = saving.add(key, pointer, shape, request.form.get("title", ""), request.form.get("chosen", ""))
        return address(key, made)
    if act == "copy":
        return address(key, saving.copy(key, pointer))
    if act == "remove":
        saving.remove(key, pointer)
        flash(translate(msg("Removed. It can be taken back.")), "success")
        return back
    if act in ("hide", "show"):
        saving.put_out_of_use(key, pointer, act == "hide")
    elif act == "give_back":
        saving.give_back(key, pointer)
        flash(translate(msg("It says again what the configuration above says.")), "success")
    elif act == "call":
        return address(key, saving.call(key, pointer, request.form.get("title", "")))
    else:
        saving.move(key, pointer, act == "up")
        return back
    return request.form.get("back") or back
