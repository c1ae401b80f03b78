"""The page of a form of a draft, `/studio/<draft>/designer/form/<form>`, and the acts on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import flash, make_response, redirect, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core import pointer as pointers
from portal.core.designing.palette import PALETTE
from portal.core.designing.requiring import OTHERWISE
from portal.core.drafts import Change
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, msg
from portal.core.rules.entered import Entered, entered, shown
from portal.web import access
from portal.web.designing import form_saving as saving
from portal.web.designing.conditions import shown_with, told
from portal.web.designing.form_desk import FormDesk
from portal.web.designing.form_drawing import canvas, preview, roles, who_sees
from portal.web.editing import saving as things
from portal.web.language import translate
from portal.web.studio.bar import Bar

_ROUTE = "/<key>/designer/form/<name>"
WORK, PREVIEW = "work", "preview"
ASKED = "r-"  # before the names of the controls of the second condition of a page


class FormsView(BaseView):
    """The forms of a draft, as the clerk sees them."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose(_ROUTE, methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str, name: str) -> Any:
        """Show a form to be worked on, or as a role sees it."""
        desk = FormDesk.of(key, name, request.args.get("field", ""), request.args.get("section", ""))
        return self._page(desk, PREVIEW if request.args.get("view") == PREVIEW else WORK)

    @expose(_ROUTE, methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, key: str, name: str) -> Any:
        """Save what was changed of a field or a section, at once."""
        asked = request.form
        seen = _json(asked.get("_seen", ""))
        desk = FormDesk.of(key, name, asked.get("field", ""), asked.get("section", ""))
        if desk.chosen != asked.get("field", "") or (
            not desk.chosen and desk.section != asked.get("section")
        ):
            raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
        act = asked.get("act" if "HX-Request" in request.headers else "pressed", "")
        sent = _conditions_sent(desk, seen, act)
        refused = _saved(desk, seen, sent)
        access.session().rollback()  # what was saved, and what others did meanwhile, is read anew
        again = FormDesk.of(key, name, desk.chosen, desk.section)
        if not refused:
            sent = {name: one for name, one in sent.items() if one.sentence is None}
        if "HX-Request" not in request.headers:
            return self._page(again, WORK, sent, refused)
        parts = _parts(again, sent, refused)
        redrawn = {
            name: bool(act) or one["sent"].drawn != asked.get(f"{name}drawn", "")
            for name, one in parts["conditions"].items()
        }
        return make_response(render_template("designing/form_saved.html", again=redrawn, **parts))

    @expose(_ROUTE + "/do/<act>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def do(self, key: str, name: str, act: str) -> Response:
        """Add a field or a section, move one, let one be wider, put it out of use, give it back, take it out."""
        desk = FormDesk.of(key, name, request.form.get("field", ""), request.form.get("section", ""))
        if act not in _ACTS:
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        try:
            asked = request.form.get("field", ""), request.form.get("section", "")
            if asked[0] not in ("", desk.chosen) or (
                act != "add" and not asked[0] and asked[1] not in ("", desk.section)
            ):
                raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
            return redirect(_ACTS[act](desk))
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            if isinstance(error, Forbidden) and not error.code.startswith("draft."):
                raise
            for text in told(error):
                flash(text, "danger")
            return redirect(desk.here)

    def _page(
        self,
        desk: FormDesk,
        view: str,
        sent: Mapping[str, Entered] | None = None,
        refused: list[str] | None = None,
    ) -> Any:
        parts = _previewed(desk) if view == PREVIEW else _parts(desk, sent or {}, refused or [])
        return self.render_template(
            "designing/preview.html" if view == PREVIEW else "designing/form.html",
            nav_active="studio",
            bar=Bar.of(desk.key, "forms"),
            title=desk.screen.title,
            crumbs=[(translate(msg("Studio")), f"/studio/{desk.key}/"), *desk.screen.crumbs],
            view=view,
            **parts,
        )


def _previewed(desk: FormDesk) -> dict[str, Any]:
    known = roles(desk)
    asked = request.args.get("role", "")
    role = asked if asked in dict(known) else (known[0][0] if known else "")
    filled = request.args.get("data") != "none"
    return {
        "desk": desk,
        "roles": known,
        "role": role,
        "phone": request.args.get("width") == "phone",
        "filled": filled,
        "body": preview(desk, role, filled),
    }


def _parts(desk: FormDesk, sent: Mapping[str, Entered], refused: list[str]) -> dict[str, Any]:
    """Return what both the page and its answers after a save show."""
    locked = desk.lock(desk.chosen) if desk.chosen else desk.screen.lock(desk.base + desk.section_place)
    may_edit = desk.screen.may_edit and locked is None
    found: dict[str, Any] = {"conditions": {}}
    if desk.chosen:
        required = desk.required
        for name, when in (("", desk.ui(desk.chosen).get("when")), (ASKED, required.when)):
            worded = desk.worded(when)
            entered_now = sent.get(name) or shown(when, worded.spoken)
            found["conditions"][name] = shown_with(worded, entered_now, may_edit)
        found |= {"required": required, "seen_by": who_sees(desk, desk.chosen)}
        said = {"schema": desk.schema(desk.chosen), "ui": desk.ui(desk.chosen), "asked": required.when}
    else:
        said = dict(desk.section_said)
    return {
        **found,
        "form": desk,
        "canvas": canvas(desk),
        "palette": list(PALETTE.values()),
        "seen": json.dumps(said, ensure_ascii=False),
        "refused": refused,
        "lock": locked,
        "may_edit": may_edit,
        "otherwise": OTHERWISE,
    }


def _conditions_sent(desk: FormDesk, seen: Mapping[str, Any], act: str) -> dict[str, Entered]:
    """Return both conditions as the page sent them, by what stands before the names of their controls."""
    found = {}
    pairs = request.form.to_dict()
    for name, when in (("", (seen.get("ui") or {}).get("when")), (ASKED, seen.get("asked"))):
        if f"{name}drawn" not in pairs:
            continue
        own = {key[len(name) :]: text for key, text in pairs.items() if key.startswith(name)}
        pressed = act[len(name) :] if act.startswith(name) and (name or not act.startswith(ASKED)) else ""
        found[name] = entered(own, when, desk.worded(when).spoken, pressed)
    return found


def _saved(desk: FormDesk, seen: Mapping[str, Any], sent: Mapping[str, Entered]) -> list[str]:
    """Make the changes of a page; return why they were refused."""
    try:
        if desk.chosen:
            when, asked = (_said(sent.get(name)) for name in ("", ASKED))
            wanted: list[Change] = saving.field_changes(desk, seen, request.form.to_dict(), when, asked)
        else:
            wanted = saving.section_changes(desk, seen, request.form.to_dict())
        if wanted:
            things.save(desk.key, wanted)
    except (Conflict, Forbidden, InvalidInput) as error:
        return told(error)
    return []


def _said(sent: Entered | None) -> Any:
    if sent is None or sent.sentence is None:
        return saving.UNFINISHED
    return sent.sentence.to_json()


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text[:400_000])
    except ValueError:
        found = None
    parts = (
        [found, *(found.get(name) or {} for name in ("schema", "ui"))] if isinstance(found, dict) else [found]
    )
    if not all(isinstance(one, dict) for one in parts):
        raise InvalidInput("editor.part", msg("The page did not arrive whole. Load it again"))
    return dict(found)


def add(desk: FormDesk) -> str:
    """Add a field."""
    asked = request.form
    made = saving.add(
        desk, asked.get("kind", ""), asked.get("title", ""), asked.get("inside", ""), asked.get("chosen", "")
    )
    return desk.at(made)


def add_section(desk: FormDesk) -> str:
    """Add a section."""
    return desk.at_section(saving.add_section(desk, request.form.get("title", "")))


def up(desk: FormDesk) -> str:
    """Let a field or a section stand one place earlier."""
    (saving.move if desk.chosen else saving.move_section)(desk, True)
    return desk.here


def down(desk: FormDesk) -> str:
    """Let a field or a section stand one place later."""
    (saving.move if desk.chosen else saving.move_section)(desk, False)
    return desk.here


def place(desk: FormDesk) -> str:
    """Let a field stand somewhere else."""
    asked = request.form
    saving.place(desk, asked.get("before", ""), asked.get("to") if "to" in asked else None)
    return desk.here


def widen(desk: FormDesk) -> str:
    """Let a field take another width."""
    saving.widen(desk)
    return desk.here


def hide(desk: FormDesk) -> str:
    """Put a field out of use."""
    saving.use(desk, True)
    return desk.here


def show(desk: FormDesk) -> str:
    """Put a field into use again."""
    saving.use(desk, False)
    return desk.here


def give_back(desk: FormDesk) -> str:
    """Let it say again what the configuration above says."""
    for where in (desk.place(desk.chosen), desk.shown_place(desk.chosen)):
        if pointers.get(desk.screen.draft.above, where, None) is not None:
            things.give_back(desk.key, where)
    flash(translate(msg("It says again what the configuration above says.")), "success")
    return desk.here


def remove(desk: FormDesk) -> str:
    """Take it away."""
    saving.remove(desk)
    flash(translate(msg("Removed. It can be taken back.")), "success")
    return f"{desk.url}?section={quote(desk.section)}"


_ACTS: dict[str, Callable[[FormDesk], str]] = {
    act.__name__: act for act in (add, add_section, up, down, place, widen, hide, show, give_back, remove)
}
