"""Pages on which a city opens a county's centre, step by step; what a step did is stored before the next one begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, g, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from portal.core.csv_tables import csv_of
from portal.core.errors import Conflict, PortalError, Problem, msg
from portal.core.packs.starting import staff_table
from portal.core.packs.starting.areas import HEADINGS, NEEDED
from portal.core.packs.starting.people import people_heads
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import Assignment, Centre, Unit
from portal.persistence.scope import subtree
from portal.services import drafts, new_centre
from portal.services.new_centre import Order
from portal.services.units.centres import centre_at
from portal.web import access
from portal.web.accounts.people_table import (
    MOST_BYTES,
    as_table,
    made_of,
    passwords_of,
    people_of,
    planned_of,
    told,
)
from portal.web.language import speaking, translate
from portal.web.security import no_store
from portal.web.studio.areas import AREAS
from portal.web.studio.bar import area_url, home_url, writing
from portal.web.units import LEVELS

STEPS = (
    ("unit", msg("Unit")),
    ("guideline", msg("What it works by")),
    ("people", msg("People")),
    ("done", msg("What is left")),
)
FOUND = 30
SHOWN_UNITS = 60


class NewCentreView(BaseView):
    """A new centre, from its unit to what is left to do."""

    route_base = "/studio/new-centre"
    class_permission_name = "Entity.release"
    default_view = "ask"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("edit")
    def ask(self) -> Any:
        """Ask for the unit: found by name or code, or brought by a table."""
        return self._unit_page()

    @expose("/units.csv", methods=["GET"])
    @has_access
    @permission_name("edit")
    def units_sample(self) -> Any:
        """Send an empty table of units with its headings."""
        return _csv(csv_of([HEADINGS[name][0] for name in NEEDED], [], mark=True), "units.csv")

    @expose("/units", methods=["POST"])
    @has_access
    @permission_name("edit")
    def look_at_units(self) -> Any:
        """Show what a table of units would add, or what is wrong in it; nothing is added."""
        sent = request.files.get("file")
        content = sent.read(MOST_BYTES + 1) if sent is not None else b""
        try:
            plan = self._plan(content)
        except PortalError as refused:
            return self._unit_page(problems=told(refused), status=422)
        return self._unit_page(plan=plan, table=new_centre.table_again(plan))

    @expose("/units/add", methods=["POST"])
    @has_access
    @permission_name("edit")
    def add_units(self) -> Any:
        """Add the units of the table that was tried, all or none, and go on with their county."""
        try:
            plan = self._plan(request.form.get("table", "").encode("utf-8", "replace"))
            with writing() as uow:
                count = new_centre.add_units(uow, plan)
                uow.commit()
        except PortalError as refused:
            return self._unit_page(problems=told(refused), status=422)
        flash(translate(msg("%(count)s units added.")) % {"count": count}, "success")
        return redirect(url_for("NewCentreView.guideline", unit=plan.county))

    def _plan(self, content: bytes) -> new_centre.UnitsPlan:
        if len(content) > MOST_BYTES:
            raise Conflict("table.size", msg("The table is too large"))
        mine = access.current()
        return new_centre.plan_of(access.session(), mine, request.form.get("county", ""), content)

    def _unit_page(self, status: int = 200, **shown: Any) -> Any:
        session, query = access.session(), request.args.get("q", "").strip()
        mine = access.current()
        if query:
            hits = access.portal().choices.at(session, g.get("stamp")).search(query, 200)
            places = new_centre.places_to_open(session, mine, among=[hit.id for hit in hits], limit=FOUND)
        else:
            places = new_centre.places_to_open(session, mine, free=True, limit=FOUND)
        return self._page(
            "unit",
            status=status,
            query=query,
            places=places,
            levels=LEVELS,
            may_add=mine.can("unit", "add"),
            county=request.form.get("county", ""),
            most=SHOWN_UNITS,
            **shown,
        )

    @expose("/<unit>", methods=["GET"])
    @has_access
    @permission_name("edit")
    def guideline(self, unit: str) -> Any:
        """Ask what the centre works by, what it is called, and for its agency word."""
        place = _place(unit)
        if access.session().get(Centre, place.id) is not None:
            return redirect(url_for("NewCentreView.done", unit=unit))
        return self._guideline_page(place)

    @expose("/<unit>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def begin(self, unit: str) -> Any:
        """Open the centre with a draft of its own, all of it or nothing."""
        place, form = _place(unit), request.form
        order = Order(
            place.code,
            form.get("guideline", ""),
            form.get("name", ""),
            form.get("agency", ""),
            _as_kept(msg("First configuration of our own")),
        )
        try:
            with writing() as uow:
                new_centre.begin_centre(uow, order)
                uow.commit()
        except PortalError as refused:
            return self._guideline_page(place, refused)
        return redirect(url_for("NewCentreView.people", unit=unit))

    def _guideline_page(self, place: Unit, refused: PortalError | None = None) -> Any:
        session, form = access.session(), request.form
        offers = new_centre.guidelines_for(session, access.current(), place)
        first = offers[0] if offers else None
        words = (first.words if first else None) or {}
        problems = (
            (refused.problems or [Problem(refused.code, refused.message, refused.params)]) if refused else []
        )
        return self._page(
            "guideline",
            place,
            status=200 if refused is None else 422,
            offers=offers,
            areas=AREAS,
            chosen=form.get("guideline") or (first.key if first else ""),
            name=form.get("name")
            or words.get("name")
            or _as_kept(msg("Centre of %(unit)s")) % {"unit": place.name},
            agency=form.get("agency") if refused else words.get("agency", ""),
            problems=[(one.text(translate), one.remedy_text(translate), one.pointer) for one in problems],
        )

    @expose("/<unit>/people", methods=["GET"])
    @has_access
    @permission_name("edit")
    def people(self, unit: str) -> Any:
        """Ask for the people of the centre."""
        return self._people_page(_opened(unit))

    @expose("/<unit>/people.csv", methods=["GET"])
    @has_access
    @permission_name("edit")
    def people_sample(self, unit: str) -> Any:
        """Send a table with a line for each role that a centre needs."""
        place = _opened(unit)
        return _csv(staff_table(f"u{place.code}", place.code), "people.csv")

    @expose("/<unit>/people/try", methods=["POST"])
    @has_access
    @permission_name("edit")
    def look_at_people(self, unit: str) -> Any:
        """Show what a table of people would do, line by line, or what is wrong in it; nothing is made."""
        place, sent = _opened(unit), request.files.get("file")
        content = sent.read(MOST_BYTES + 1) if sent is not None else b""
        try:
            wanted = people_of(content)
            planned, new = planned_of(wanted)
        except PortalError as refused:
            return self._people_page(place, problems=told(refused), status=422)
        return self._people_page(place, planned=planned, new=new, table=as_table(wanted))

    @expose("/<unit>/people/make", methods=["POST"])
    @has_access
    @permission_name("edit")
    def make_people(self, unit: str) -> Any:
        """Make the accounts of the table that was tried, and show their first passwords this once."""
        place = _opened(unit)
        try:
            made = made_of(people_of(request.form.get("table", "").encode("utf-8", "replace")))
        except PortalError as refused:
            return self._people_page(place, problems=told(refused), status=422)
        return self._people_page(place, made=made, passwords=passwords_of(made))

    def _people_page(self, place: Unit, status: int = 200, **shown: Any) -> Any:
        may_make = access.allowed("can_add", "UserDBModelView")
        return self._page("people", place, status=status, heads=people_heads(), may_make=may_make, **shown)

    @expose("/<unit>/done", methods=["GET"])
    @has_access
    @permission_name("edit")
    def done(self, unit: str) -> Any:
        """Show the centre, and what of its configuration is still that of the configuration above."""
        place, session = _opened(unit), access.session()
        centre = centre_at(session, place.id)
        draft = next(iter(drafts.drafts_at(session, place.id)), None)
        left = {one.part: one for one in new_centre.still_above(session, draft)} if draft else {}
        parts = [
            (area, area_url(draft.uid, area.name), left[area.name])
            for area in AREAS.values()
            if draft is not None and area.name in left
        ]
        return self._page(
            "done",
            place,
            centre=centre,
            draft=draft,
            draft_url=home_url(draft.uid) if draft else "",
            parts=parts,
            people=_people_at(place),
        )

    def _page(self, step: str, place: Unit | None = None, *, status: int = 200, **shown: Any) -> Any:
        names = [name for name, _ in STEPS]
        at = names.index(step)
        states = [
            "done" if number < at else "current" if number == at else "next" for number in range(len(STEPS))
        ]
        title = (
            translate(msg("New centre: %(unit)s")) % {"unit": place.name}
            if place
            else translate(msg("New centre"))
        )
        body = self.render_template(
            f"new_centre/{step}.html",
            nav_active="studio",
            title=title,
            crumbs=[(translate(msg("Studio")), url_for("StudioView.overview"))],
            steps=[
                SimpleNamespace(title=translate(text), state=state, note="")
                for (_, text), state in zip(STEPS, states, strict=True)
            ],
            place=place,
            translate=translate,
            **shown,
        )
        return no_store(make_response(body, status))


def _place(code: str) -> Unit:
    return new_centre.require_place(access.session(), access.current(), code)


def _opened(code: str) -> Unit:
    place = _place(code)
    if access.session().get(Centre, place.id) is None:
        raise Conflict("centre.closed", msg("%(unit)s runs no centre yet"), {"unit": place.name})
    return place


def _people_at(place: Unit) -> int:
    """Return how many accounts hold a role at a unit or below it."""
    query = (
        select(func.count(Assignment.user_id.distinct()))
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(subtree(Unit.path, (place.path,)))
    )
    return access.session().scalar(query) or 0


def _csv(content: bytes, name: str) -> Response:
    answer = make_response(content)
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _as_kept(text: str) -> str:
    """Return a proposed name in the language in which names are written, whatever the page speaks."""
    with speaking(DEFAULT_LANGUAGE):
        return translate(text)
