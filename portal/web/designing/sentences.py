"""The page of one condition of a draft as a sentence: `/studio/<draft>/sentence/<place>`."""

from __future__ import annotations

import json
from typing import Any

from flask import make_response, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.errors import Conflict, Forbidden, InvalidInput, msg
from portal.core.rules.entered import Entered, entered, shown
from portal.web import access
from portal.web.designing.conditions import shown_with, told
from portal.web.designing.sentence_desk import SentenceDesk, index_changes
from portal.web.editing.saving import save
from portal.web.editing.screen import address
from portal.web.language import translate
from portal.web.studio.bar import Bar, home_url

_ROUTE = "/<key>/sentence/<path:place>"


class SentencesView(BaseView):
    """Conditions of a draft, each as a sentence."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose(_ROUTE, methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str, place: str) -> Any:
        """Show a condition as a sentence with pick lists."""
        return self._page(SentenceDesk.of(key, f"/{place}"))

    @expose(_ROUTE, methods=["POST"])
    @has_access
    @permission_name("edit")
    def put(self, key: str, place: str) -> Any:
        """Save a condition as the page has it, at once."""
        desk, asked = SentenceDesk.of(key, f"/{place}"), request.form
        seen = _json(asked.get("seen", ""))
        act = asked.get("act" if "HX-Request" in request.headers else "pressed", "")
        sent = entered(asked.to_dict(), seen, desk.worded.spoken, act)
        refused: list[str] = []
        saved = sent.sentence is not None
        if sent.sentence is not None:
            try:
                _put(desk, seen, sent.sentence.to_json())
            except (Conflict, Forbidden, InvalidInput) as error:
                refused, saved = told(error), False
        access.session().rollback()  # what was saved, and what others did meanwhile, is read anew
        again = SentenceDesk.of(key, f"/{place}")
        if saved:
            sent = shown(again.when, again.worded.spoken)
        if "HX-Request" not in request.headers:
            return self._page(again, sent, refused)
        redrawn = bool(act) or sent.drawn != asked.get("drawn", "")
        parts = _parts(again, sent, refused)
        return make_response(
            render_template("designing/sentence_saved.html", again=redrawn, saved=saved, **parts)
        )

    def _page(self, desk: SentenceDesk, sent: Entered | None = None, refused: list[str] | None = None) -> Any:
        screen = desk.screen
        return self.render_template(
            "designing/sentence.html",
            nav_active="studio",
            bar=Bar.of(screen.row.uid, pointers.split(screen.pointer)[0]),
            title=desk.title,
            crumbs=[
                (translate(msg("Studio")), home_url(screen.row.uid)),
                *screen.crumbs,
                (screen.title, address(screen.row.uid, screen.pointer)),
            ],
            **_parts(desk, sent, refused or []),
        )


def _put(desk: SentenceDesk, seen: Any, after: Any) -> None:
    if seen != after:
        save(desk.screen.row.uid, [*index_changes(desk, after), Change("replace", desk.pointer, seen, after)])


def _parts(desk: SentenceDesk, sent: Entered | None, refused: list[str]) -> dict[str, Any]:
    locked = desk.screen.lock(desk.pointer)
    may_edit = desk.screen.may_edit and locked is None
    now = sent if sent is not None else shown(desk.when, desk.worded.spoken)
    return {
        **shown_with(desk.worded, now, may_edit),
        "sentence": desk,
        "back": address(desk.screen.row.uid, desk.screen.pointer),
        "seen": json.dumps(desk.when, ensure_ascii=False),
        "refused": refused,
        "lock": locked,
    }


def _json(text: str) -> Any:
    try:
        return json.loads(text[:200_000]) if text else None
    except ValueError:
        return None
