"""A county's page of a new version: what it brings, four piles, one conflict at a time, the way to what is in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import EDIT, LIST
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.packs.three_way import ABSENT
from portal.persistence.models import Unit
from portal.services import drafts, rollout
from portal.services.drafts.finding import THING
from portal.services.portal import Work
from portal.web import access
from portal.web.language import translate
from portal.web.moments import moment_of
from portal.web.rollout.desk import Desk
from portal.web.rollout.words import LENGTH_UNITS
from portal.web.security import no_store
from portal.web.studio.bar import refusals, writing

# On which page a plan is tried, by the step of its address.
_TRIALS = {"try": "SandboxView.page", "past": "BackTestView.show"}
_SAID = {
    "decide": msg("Decided. You can change your mind until it is in force."),
    "later": msg("Put off; it stays in the list."),
    "comment": msg("The comment is written down."),
}


class VersionView(BaseView):
    """New versions from above, at the person's centres."""

    route_base = "/rollout"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self) -> Any:
        """Show what a new version brings to a centre, and what is left to do until it is in force."""
        session = access.session()
        centres = drafts.centres_with(session, access.current(), LIST)
        unit = chosen_centre(centres)
        values: dict[str, Any] = {
            "unit": unit,
            "centres": centres,
            "desk": None,
            "applied": None,
            "force": None,
            "bases": (),
            "unanswered": 0,
        }
        if unit is not None:
            values["desk"] = _desk(unit)
            values["applied"] = rollout.last_applied(session, unit.id)
            values["force"] = _force(unit)
            values["unanswered"] = _unanswered(unit) if values["desk"] is None else 0
            if values["force"] is not None and values["force"].is_opaque:
                values["bases"] = rollout.bases(session, values["force"])
                values["may_choose"] = access.current().allows_there(THING, EDIT, unit.path)
            values["may_roll_back"] = access.current().allows("release", EDIT, unit.path)
        return no_store(
            make_response(
                self.render_template(
                    "rollout/version.html", nav_active="rollout", tab="version", translate=translate, **values
                )
            )
        )

    @expose("/<unit>/place", methods=["POST"])
    @has_access
    @permission_name("edit")
    def place(self, unit: str) -> Response:
        """Decide one place, put it off, or write a comment on it."""
        form = request.form
        path, why = form.get("path", ""), form.get("why", "").strip()

        def act(uow: Work) -> None:
            if form.get("do") == "later":
                rollout.put_off(uow, unit, path, why)
            elif form.get("do") == "comment":
                rollout.comment(uow, unit, path, why)
            else:
                action = form.get("action", "")
                value = _typed() if action == "custom" else ABSENT
                rollout.decide(uow, unit, path, action, why, value=value)

        stays = form.get("do") == "comment"
        back = url_for("VersionView.show", unit=unit, place=path)
        then = back if stays else url_for("VersionView.show", unit=unit) + "#decide"
        return _act(back, act, _SAID.get(form.get("do", ""), _SAID["decide"]), then)

    @expose("/<unit>/base", methods=["POST"])
    @has_access
    @permission_name("edit")
    def base(self, unit: str) -> Response:
        """Say with which version both sides are compared, where the files of the adopted one are not here."""
        form = request.form
        return _act(
            url_for("VersionView.show", unit=unit),
            lambda uow: rollout.choose_base(uow, unit, form.get("base", ""), form.get("why", "").strip()),
            msg("Both sides are compared with this version from now on."),
        )

    @expose("/<unit>/plan/<step>", methods=["POST"])
    @has_access
    @permission_name("list")
    def plan(self, unit: str, step: str) -> Response:
        """Make the plan of a centre, submit it, send it back, put it in force, or take it back."""
        form = request.form
        uid, why = form.get("plan", ""), form.get("reason", "").strip()
        steps: dict[str, tuple[Callable[[Work], Any], str]] = {
            "make": (
                lambda uow: rollout.make_plan(uow, unit),
                msg("The plan is made and is being checked; this page shows what the check finds."),
            ),
            "submit": (
                lambda uow: rollout.submit(uow, uid, why),
                msg("Submitted. Another person can put it in force now."),
            ),
            "send-back": (
                lambda uow: rollout.send_back(uow, uid, why),
                msg("Sent back; it can be changed again."),
            ),
            "apply": (
                lambda uow: rollout.apply(uow, uid, why, _moment(), seen=form.get("seen", "")),
                msg("The new version is put in force."),
            ),
            "roll-back": (
                lambda uow: rollout.roll_back(uow, uid, why),
                msg("The earlier version is in force again. What was entered since stays."),
            ),
        }
        if step in _TRIALS:
            return _try(unit, uid, _TRIALS[step])
        if step not in steps:
            raise NotFound("rollout.unknown", msg("There is no such plan"))
        do, told = steps[step]
        return _act(url_for("VersionView.show", unit=unit), do, told)


def chosen_centre(centres: list[Unit]) -> Unit | None:
    """Return the centre that the address names, else that of the unit where the person works, else the first."""
    asked = request.args.get("unit", "")
    here = access.unit()
    wanted = asked or (here.code if here is not None else "")
    return next((one for one in centres if one.code == wanted), centres[0] if centres and not asked else None)


def _desk(unit: Unit) -> Desk | None:
    try:
        found = rollout.review(access.session(), unit.code)
    except NotFound:
        return None
    except Conflict as error:
        if error.code not in ("rollout.opaque", "rollout.own_opaque"):
            raise
        return None
    row = rollout.live_plan(access.session(), unit.id)
    return Desk.of(found, row, request.args.get("place", ""))


def _force(unit: Unit) -> rollout.Ground | None:
    try:
        return rollout.ground_of(access.session(), unit)
    except (NotFound, Conflict):
        return None


def _unanswered(unit: Unit) -> int:
    """Return how many questions of what is in force at a centre nobody has answered there."""
    try:
        return len(rollout.unanswered(access.session(), unit))
    except (NotFound, Conflict):
        return 0


def _try(unit: str, uid: str, page: str) -> Response:
    """Open the page on which a plan is tried."""
    with refusals(url_for("VersionView.show", unit=unit)) as refused, writing() as uow:
        key = rollout.try_plan(uow, uid).uid
        uow.commit()
        return redirect(url_for(page, key=key))
    return refused[0]


def _act(back: str, act: Callable[[Work], Any], said: str = "", then: str = "") -> Response:
    with refusals(back) as refused, writing() as uow:
        act(uow)
        uow.commit()
        if said:
            flash(translate(said), "success")
    return refused[0] if refused else redirect(then or back)


def _moment() -> dt.datetime | None:
    """Return from when on the version takes effect; None for at once."""
    return moment_of(request.form.get("at", "")) if request.form.get("when") == "later" else None


def _typed() -> Any:
    """Return a value of the centre's own as it was typed: a text, a number, or a length of time."""
    text = request.form.get("value", "").strip()
    unit = request.form.get("length", "")
    if not text:
        return ABSENT
    if unit in LENGTH_UNITS and text.isdecimal() and len(text) < 6:
        return {"n": int(text), "unit": unit}
    if request.form.get("sort") == "number" or unit:
        try:
            number = float(text)
        except ValueError:
            problem = Problem("rollout.number", msg("Write a number"), pointer="/value")
            raise InvalidInput(problem.code, problem.message, problems=[problem]) from None
        return int(number) if number.is_integer() else number
    return text
