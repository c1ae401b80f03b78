"""Pages of the layout of a draft: `/studio/<draft>/layout`, and the acts on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError, Problem, msg
from portal.core.layout.plan import GROUPS, ZONES, Box
from portal.core.layout.week import WHOLE
from portal.core.values import day_of
from portal.web import access
from portal.web.editing import saving as editing
from portal.web.editing.picking import context_of
from portal.web.editing.screen import Screen, address
from portal.web.editing.view import parts_of
from portal.web.forms.render import render_body
from portal.web.hall import rostering, saving
from portal.web.hall.checklists import lists_of
from portal.web.hall.desk import SORTS, Desk
from portal.web.hall.drawing import picture_of
from portal.web.hall.weekly import HALF_WORDS, WeekDesk, monday_of
from portal.web.language import translate
from portal.web.shell import today
from portal.web.studio.bar import Bar

PLAN, TABLE, WEEK, LISTS, CENTRE = "plan", "table", "week", "lists", "centre"
TABS = {
    PLAN: msg("Plan"),
    TABLE: msg("Table"),
    WEEK: msg("Rosters"),
    LISTS: msg("What a centre has to have"),
    CENTRE: msg("Centre, plates, levels"),
}
FORM = "editor"
_OPEN_FOLD = re.compile(r'(<details class="form-fold"[^>]*) open>')


class HallView(BaseView):
    """The hall of a draft, as a plan and as a table."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/layout", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show the layout: its plan, the same as a table, or what else belongs to the centre."""
        desk = Desk.of(key, request.args.get("at", ""))
        view = request.args.get("view", PLAN)
        if "HX-Request" in request.headers:
            return _stage(desk)
        return self._page(desk, view if view in TABS else PLAN)

    @expose("/<key>/hall/do/<act>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def do(self, key: str, act: str) -> Any:
        """Move, add, copy, take away, count, station or take over what was pasted."""
        desk = Desk.of(key, request.form.get("at", ""))
        acts: dict[str, Callable[[Desk], str]] = {**_ACTS}
        if act not in acts:
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        told: list[str] = []
        try:
            back = acts[act](desk)
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            if isinstance(error, Forbidden) and not error.code.startswith("draft."):
                raise
            told, back = _said(error), desk.link(at=desk.at)
        access.session().rollback()  # what was saved, and what others did meanwhile, is read anew
        if "HX-Request" in request.headers:
            return _stage(Desk.of(key, _chosen_in(back)), told)
        for text in told:
            flash(text, "danger")
        return redirect(back)

    @expose("/<key>/hall/week/<act>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def week(self, key: str, act: str) -> Response:
        """Fill, clear, halve, copy or move what a week shows."""
        form = request.form
        week = WeekDesk(Desk.of(key), monday_of(form.get("week", ""), today()), form.get("shift", ""))
        kept = {"department": form.get("department", ""), "half": form.get("half", "")}
        try:
            if act == "fill":
                cell = rostering.fill(week, form.get("cell", ""), kept["department"], kept["half"])
                return redirect(f"{week.link(**kept)}#{cell}")
            if act == "deal":
                told = {"count": rostering.deal(week, form.getlist("who"))}
                flash(translate(msg("%(count)s windows have somebody now.")) % told, "success")
                return redirect(week.link())
            if act not in _OF_WEEK:
                raise NotFound("editor.unknown", msg("A configuration has no such page"))
            _OF_WEEK[act](week)
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            if isinstance(error, Forbidden) and not error.code.startswith("draft."):
                raise
            for text in _said(error):
                flash(text, "danger")
            return redirect(week.link(**kept) if act == "fill" else week.link(shift=week.chosen))
        shift = week.shift
        place = f"#c-{shift.kind}-{shift.place}-{shift.day}" if shift is not None else ""
        return redirect(week.link() + place)

    @expose("/<key>/hall/preview", methods=["POST"])
    @has_access
    @permission_name("edit")
    def preview(self, key: str) -> Any:
        """Show how pasted rows are understood, before they are taken over."""
        desk = Desk.of(key)
        text, zone = request.form.get("cells", ""), request.form.get("zone", "")
        rows, problems = saving.read(desk, text, zone)
        told = [one.text(translate) for one in problems]
        kinds = {one.code: one.label for one in desk.screen.choices.of("room_kinds")}
        shown = [
            {
                "row": row,
                "sort": translate(SORTS[row.group]),
                "problems": [_with_remedy(one) for one in row.problems],
                "number": row.values.get("number", ""),
                "kind": kinds.get(str(row.values.get("kind", "")), ""),
                "seats": row.values.get("seats", ""),
                "zone": row.zone or desk.title(ZONES, str(row.values.get("zone", ""))),
                "who": desk.department(row.values.get("department")),
            }
            for row in rows
        ]
        wrong = sum(bool(row.problems) for row in rows)
        ready = bool(rows) and not wrong and any(row.changes for row in rows)
        pasted = {"rows": shown, "told": told, "wrong": wrong, "ready": ready, "cells": text, "zone": zone}
        return self._page(desk, TABLE, pasted=pasted)

    def _page(self, desk: Desk, view: str, **more: Any) -> Any:
        shown = {
            "nav_active": "studio",
            "desk": desk,
            "view": view,
            "tabs": [
                (name, translate(text), desk.link(view=name if name != PLAN else ""))
                for name, text in TABS.items()
            ],
            **more,
        }
        if view == CENTRE:
            parts = parts_of(desk.screen, None, None)
            parts["lists"] = [
                one
                for one in parts["lists"]
                if one.pointer.rpartition("/")[2] not in (*GROUPS, "stationing", "checklists")
            ]
            return self.render_template("hall/centre.html", **{**parts, **shown})
        shown |= {
            "screen": desk.screen,
            "bar": Bar.of(desk.key, "layout"),
            "title": desk.screen.title,
            "crumbs": [(translate(msg("Studio")), f"/studio/{desk.key}/")],
        }
        if view == PLAN:
            shown |= _of_plan(desk)
        if view == LISTS:
            shown |= {"lists": lists_of(desk)}
        if view == WEEK:
            shown |= _of_week(desk)
        return self.render_template("hall/page.html", **shown)


def _of_plan(desk: Desk) -> dict[str, Any]:
    chosen = desk.chosen
    panel = Screen.of(desk.key, desk.place(chosen.group, chosen.id)) if chosen is not None else None
    return {
        "picture": picture_of(desk),
        "panel": panel,
        "body": _body(panel) if panel is not None else "",
        "form_id": FORM,
        "form_action": address(desk.key, panel.pointer) if panel is not None else "",
        "sorts": [(group, translate(SORTS[group])) for group in GROUPS],
    }


def _of_week(desk: Desk) -> dict[str, Any]:
    asked = request.args
    week = WeekDesk(desk, monday_of(asked.get("week", ""), today()), asked.get("shift", ""))
    half = asked.get("half", "")
    who = [one for one in asked.getlist("who") if one in desk.departments]
    return {
        "who": who,
        "dealt": week.dealt_words(who) if "deal" in asked else None,
        "week": week,
        "department": asked.get("department", ""),
        "half": half if half in HALF_WORDS else WHOLE,
    }


def _stage(desk: Desk, told: list[str] | None = None) -> Response:
    """Return what the page takes over after something was chosen, moved or changed."""
    parts = _of_plan(desk)
    return make_response(render_template("hall/stage.html", desk=desk, told=told or [], again=True, **parts))


def _body(screen: Screen) -> Any:
    edited = screen.edited
    if screen.readonly:
        edited.readonly = screen.readonly
    url = address(screen.row.uid, screen.pointer)
    html = render_body(edited.form, edited.data, context=context_of(screen), refresh_url=url, form_id=FORM)
    return Markup(
        _OPEN_FOLD.sub(r"\1>", str(html))
    )  # the panel is narrow: what is rarely changed stays folded


def _said(error: PortalError) -> list[str]:
    told = [one.text(translate) for one in error.problems]
    return list(dict.fromkeys(told))[:20] or [error.text(translate)]


def _with_remedy(problem: Problem) -> str:
    remedy = problem.remedy_text(translate)
    said = {"what": problem.text(translate), "remedy": remedy}
    return translate(msg("%(what)s. %(remedy)s")) % said if remedy else said["what"]


def _chosen_in(url: str) -> str:
    found = url.partition("at=")[2]
    return found.partition("&")[0]


def _number(name: str) -> int:
    try:
        return int(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput("layout.cells", msg("The place on the plan is given in whole cells")) from None


def _place(desk: Desk) -> str:
    saving.put(desk, desk.at, Box(_number("x"), _number("y"), _number("w"), _number("h")))
    return desk.link(at=desk.at)


def _numbers(desk: Desk) -> str:
    corner = desk.plan.corner(saving.spot_of(desk, desk.at)) if not desk.at.startswith(ZONES) else None
    box = Box(_number("x"), _number("y"), _number("w"), _number("h"))
    saving.put(desk, desk.at, box if corner is None else box.shifted(corner.x, corner.y))
    return desk.link(at=desk.at)


def _nudge(desk: Desk) -> str:
    saving.nudge(desk, desk.at, request.form.get("by", ""))
    return desk.link(at=desk.at)


def _add(desk: Desk) -> str:
    form = request.form
    zone = form.get("zone", "") or (desk.chosen.zone if desk.chosen else "")
    if desk.chosen is not None and desk.chosen.group == ZONES and not form.get("zone"):
        zone = desk.chosen.id
    return desk.link(at=saving.add(desk, form.get("group", ""), form.get("title", ""), zone))


def _copy(desk: Desk) -> str:
    return desk.link(at=saving.copy(desk, desk.at))


def _pointer(desk: Desk) -> str:
    spot = desk.chosen
    if spot is None:
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    return desk.place(spot.group, spot.id)


def _remove(desk: Desk) -> str:
    editing.remove(desk.key, _pointer(desk))
    return desk.link()


def _hide(desk: Desk) -> str:
    editing.put_out_of_use(desk.key, _pointer(desk), True)
    return desk.link(at=desk.at)


def _show(desk: Desk) -> str:
    editing.put_out_of_use(desk.key, _pointer(desk), False)
    return desk.link(at=desk.at)


def _give_back(desk: Desk) -> str:
    editing.give_back(desk.key, _pointer(desk))
    return desk.link(at=desk.at)


def _arrange(desk: Desk) -> str:
    saving.arrange(desk)
    return desk.link(at=desk.at)


def _count(desk: Desk) -> str:
    saving.count(desk, request.form.get("pattern", ""))
    return desk.link(at=desk.at)


def _station(desk: Desk) -> str:
    saving.station(desk, desk.at, request.form.get("department", ""), _day_in("since"))
    return desk.link(at=desk.at)


def _met(desk: Desk) -> str:
    form = request.form
    day = _day_in("met")
    saving.met(desk, form.get("list", ""), form.get("item", ""), day, form.get("evidence", ""))
    return f"{desk.link(view=LISTS)}#{form.get('list', '')}-{form.get('item', '')}"


def _day_in(name: str) -> str:
    """Return the day that was entered, as it is stored; empty where none was."""
    text = request.form.get(name, "").strip()
    try:
        return day_of(text).isoformat() if text else ""
    except ValueError:
        raise InvalidInput("layout.since", msg("“%(value)s” is no day"), {"value": text[:40]}) from None


def _paste(desk: Desk) -> str:
    new, changed = saving.paste(desk, request.form.get("cells", ""), request.form.get("zone", ""))
    said = translate(msg("%(new)s added, %(changed)s changed.")) % {"new": new, "changed": changed}
    flash(said, "success")
    return desk.link(view=TABLE)


_OF_WEEK: dict[str, Callable[[WeekDesk], None]] = {
    "clear": rostering.clear,
    "half": lambda week: rostering.change_half(week, request.form.get("half", "")),
    "spread": lambda week: rostering.spread(week, request.form.getlist("days")),
    "move": lambda week: rostering.move(week, request.form.get("to", "")),
}
# Each act is asked for by its name.
_ACTS: dict[str, Callable[[Desk], str]] = {
    act.__name__.strip("_"): act
    for act in (
        _place,
        _numbers,
        _nudge,
        _add,
        _copy,
        _remove,
        _hide,
        _show,
        _give_back,
        _arrange,
        _count,
        _station,
        _met,
        _paste,
    )
}
