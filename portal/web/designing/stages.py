"""The page of a course of stages of a draft, `/studio/<draft>/designer/stages/<course>`, and the acts on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.canonical import canonical
from portal.core.drafts import Change
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, msg
from portal.core.rules.entered import Entered, entered, shown
from portal.web import access
from portal.web.designing import stage_saving as saving
from portal.web.designing.conditions import shown_with, told
from portal.web.designing.stage_desk import STAGE, STEP, StageDesk
from portal.web.editing import saving as things
from portal.web.language import translate
from portal.web.studio.bar import Bar

_ROUTE = "/<key>/designer/stages/<name>"


class StagesView(BaseView):
    """The stages of a draft, as a picture and as cards."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose(_ROUTE, methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str, name: str) -> Any:
        """Show a course of stages: its picture, its list, and the stage or step that is chosen."""
        return self._page(StageDesk.of(key, name, *_chosen(request.args)))

    @expose(_ROUTE, methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, key: str, name: str) -> Any:
        """Save what was changed of a stage or a step, at once."""
        asked = request.form
        seen = _json(asked.get("_seen", ""))
        desk = StageDesk.of(key, name, asked.get("what", ""), asked.get("chosen", ""))
        if desk.chosen != asked.get("chosen"):
            raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
        act = asked.get("act" if "HX-Request" in request.headers else "pressed", "")
        sent = _guard_sent(desk, seen, act)
        wanted = saving.step_sent(seen, asked) if desk.what == STEP else saving.stage_sent(seen, asked)
        if sent is not None and sent.sentence is not None:
            wanted["when"] = sent.sentence.to_json()
        refused = _saved(desk.key, saving.differing(seen, wanted, desk.pointer))
        access.session().rollback()  # what was saved, and what others did meanwhile, is read anew
        again = StageDesk.of(key, name, desk.what, desk.chosen)
        if sent is not None and sent.sentence is not None and not refused:
            sent = shown(again.thing.get("when"), again.worded(again.thing.get("when")).spoken)
        if "HX-Request" not in request.headers:
            return self._page(again, sent, refused)
        redrawn = bool(act) or (sent is not None and sent.drawn != asked.get("drawn", ""))
        parts = _parts(again, sent, refused)
        return make_response(render_template("designing/stages_saved.html", again=redrawn, **parts))

    @expose(_ROUTE + "/do/<act>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def do(self, key: str, name: str, act: str) -> Response:
        """Add a stage or a step, move one, put it out of use, give it back or take it away."""
        desk = StageDesk.of(key, name, *_chosen(request.form))
        if act not in _ACTS:
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        try:
            if _chosen(request.form)[1] not in ("", desk.chosen):
                raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
            return redirect(_ACTS[act](desk))
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            if isinstance(error, Forbidden) and not error.code.startswith("draft."):
                raise
            for text in told(error):
                flash(text, "danger")
            return redirect(desk.here)

    def _page(self, desk: StageDesk, sent: Entered | None = None, refused: list[str] | None = None) -> Any:
        return self.render_template(
            "designing/stages.html",
            nav_active="studio",
            bar=Bar.of(desk.key, "lifecycles"),
            title=desk.screen.title,
            crumbs=[(translate(msg("Studio")), f"/studio/{desk.key}/"), *desk.screen.crumbs],
            **_parts(desk, sent, refused or []),
        )


def _chosen(asked: Any) -> tuple[str, str]:
    return next(((what, asked[what]) for what in (STEP, STAGE) if asked.get(what)), ("", ""))


def _guard_sent(desk: StageDesk, seen: Any, act: str) -> Entered | None:
    if desk.what != STEP or "drawn" not in request.form:
        return None
    when = seen.get("when")
    spoken = desk.worded(when).spoken
    return entered(request.form.to_dict(), when, spoken, act)


def _saved(key: str, changes: list[Change]) -> list[str]:
    """Make the changes of a page; return why they were refused."""
    if not changes:
        return []
    try:
        things.save(key, changes)
    except (Conflict, Forbidden, InvalidInput) as error:
        return told(error)
    return []


def _parts(desk: StageDesk, sent: Entered | None, refused: list[str]) -> dict[str, Any]:
    """Return what both the page and its answers after a save show."""
    locked = desk.screen.lock(desk.pointer)
    may_edit = desk.screen.may_edit and locked is None
    when = desk.thing.get("when")
    guard = {}
    if desk.what == STEP:
        said = desk.worded(when)
        guard = shown_with(said, sent if sent is not None else shown(when, said.spoken), may_edit)
    return {
        **guard,
        "course": desk,
        "picture": desk.picture,
        "seen": json.dumps(desk.thing, ensure_ascii=False),
        "refused": refused,
        "lock": locked,
        "may_edit": may_edit,
    }


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text[:200_000])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput("editor.part", msg("The page did not arrive whole. Load it again"))
    canonical(found)
    return found


def add_stage(desk: StageDesk) -> str:
    """Put a stage in between."""
    return desk.at(
        STAGE, saving.add_stage(desk, request.form.get("title", ""), request.form.get("after", ""))
    )


def add_step(desk: StageDesk) -> str:
    """Begin a step."""
    asked = request.form
    made = saving.add_step(desk, asked.get("title", ""), asked.get("source", ""), asked.get("target", ""))
    return desk.at(STEP, made)


def up(desk: StageDesk) -> str:
    """Let it stand one place earlier."""
    saving.move(desk, True)
    return desk.here


def down(desk: StageDesk) -> str:
    """Let it stand one place later."""
    saving.move(desk, False)
    return desk.here


def hide(desk: StageDesk) -> str:
    """Put it out of use."""
    things.put_out_of_use(desk.key, desk.pointer, True)
    return desk.here


def show(desk: StageDesk) -> str:
    """Put it into use again."""
    things.put_out_of_use(desk.key, desk.pointer, False)
    return desk.here


def give_back(desk: StageDesk) -> str:
    """Let it say again what the configuration above says."""
    things.give_back(desk.key, desk.pointer)
    flash(translate(msg("It says again what the configuration above says.")), "success")
    return desk.here


def remove(desk: StageDesk) -> str:
    """Take it away."""
    saving.remove(desk)
    flash(translate(msg("Removed. It can be taken back.")), "success")
    return desk.url


_ACTS: dict[str, Callable[[StageDesk], str]] = {
    act.__name__: act for act in (add_stage, add_step, up, down, hide, show, give_back, remove)
}
