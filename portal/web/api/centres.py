"""Units and releases through the API: where people work, and which configuration is in force there."""

from __future__ import annotations

from typing import Any

from flask import g, jsonify
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from portal.core.errors import NotFound, msg
from portal.core.layout import duty_of, is_open, next_open
from portal.core.text import Texts
from portal.persistence.models import Release, Unit
from portal.services.records.proposing.seats import SeatFinder
from portal.services.releases import browsing as releases
from portal.services.releases import for_centre
from portal.services.releases.layers import opaque_links
from portal.services.releases.states import state_of
from portal.services.units import browsing as units
from portal.services.units import centre_of
from portal.services.units.browsing import UnitQuery
from portal.web import access, language
from portal.web.api import arguments
from portal.web.api.arguments import PAGES
from portal.web.api.shape import Api, in_shape, release_ref

Json = dict[str, Any]
UNITS = {
    **PAGES,
    "parent": arguments.code,
    "level": arguments.code,
    "kind": arguments.code,
    "text": arguments.text,
}
DUTY = {"day": arguments.day}


class UnitsApi(Api):
    """The units of the centres a person works for."""

    resource_name = "units"
    class_permission_name = "Entity.unit"

    @expose("/", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    @arguments.asks(UNITS)
    def get_list(self) -> Any:
        """Return one page of units."""
        query = UnitQuery(**arguments.asked())
        session = access.session()
        page = units.browse(session, units.own_roots(session, access.current()), query)
        return jsonify(
            count=page.total,
            capped=page.capped,
            page=query.page,
            size=query.size,
            result=[_unit(unit, parent) for unit, parent in page.rows],
        )

    @expose("/<code>", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    def get(self, code: str) -> Any:
        """Return one unit, with the centre responsible for it."""
        session = access.session()
        found = units.find(session, units.own_roots(session, access.current()), code)
        if found is None:
            raise NotFound("unit.unknown", msg("There is no such unit"))
        centre = centre_of(session, found[0])
        return jsonify(result=_unit(*found) | {"centre": centre.unit_code if centre else None})

    @expose("/<code>/duty", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    @arguments.asks(DUTY)
    def duty(self, code: str) -> Any:
        """Return who is there on a day in the centre of a unit, today by default: the answer of the layout page."""
        day = arguments.asked().get("day") or access.portal().clock.today()
        session = access.session()
        found = units.find(session, units.own_roots(session, access.current()), code)
        if found is None:
            raise NotFound("unit.unknown", msg("There is no such unit"))
        unit, _ = found
        centre, bundle = for_centre(access.portal(), session, unit)
        below = None if unit.code == centre.unit_code else bundle.layout_at(unit.level, unit.code)
        finder = SeatFinder.of(
            access.portal(), session, centre, bundle, day, stamp=g.get("stamp"), below=below
        )
        return jsonify(result=_duty(finder, bundle.texts(language.current())))


class ReleasesApi(Api):
    """The releases in force at the centres a person works for."""

    resource_name = "releases"
    class_permission_name = "Entity.release"

    @expose("/", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    def get_list(self) -> Any:
        """Return the centres with the release in force at each."""
        session = access.session()
        lines = releases.in_force(session, units.own_roots(session, access.current()))
        coming = releases.scheduled(session, [line.unit_id for line in lines])
        return jsonify(
            result=[
                {
                    "unit": line.unit,
                    "centre": line.centre,
                    "since": line.since.isoformat(),
                    "release": _short(line.release),
                    "scheduled": [
                        {"from": one.effective_at.isoformat(), "release": _short(one.release)}
                        for one in coming.get(line.unit_id, [])
                    ],
                }
                for line in lines
            ]
        )

    @expose("/<number:release>", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    def get(self, release: int) -> Any:
        """Return one release that is or was in force there."""
        session = access.session()
        roots = units.own_roots(session, access.current())
        found = releases.visible(session, roots, release)
        lines = releases.in_force(session, roots, found.id)
        more = {
            "state": state_of(session, found.id),
            "opaque": opaque_links(session, found),
            "in_force_at": [line.unit for line in lines],
        }
        return jsonify(result=_release(found) | more)


def _unit(unit: Unit, parent: str | None) -> Json:
    return {
        "code": unit.code,
        "name": unit.name,
        "short_name": unit.short_name,
        "level": unit.level,
        "kind": unit.kind,
        "parent": parent,
        "statutory_parent": unit.statutory_parent_code,
        "flag": unit.flag,
        "active": unit.active,
    }


def _duty(finder: SeatFinder, say: Texts) -> Json:
    layout, day, calendar = finder.layout, finder.day, finder.calendar
    opened = is_open(layout, day, calendar)
    later = None if opened else next_open(layout, day, calendar)
    stays = [duty_of(layout, stay, day, calendar) for stay in layout.stationing if stay.in_force(day)]
    return {
        "day": day.isoformat(),
        "open": opened,
        "next_open": later.isoformat() if later else None,
        "provisional": not calendar.covers(day.year),
        "departments": [
            {
                "department": one.stay.department,
                "title": say(
                    layout.departments.get(one.stay.department, {}).get("name"), one.stay.department
                ),
                "mode": one.stay.mode,
                "place": {one.stay.place_kind: one.stay.place} if one.stay.place else None,
                "present": one.present,
                "next_on": one.next_on.isoformat() if one.next_on else None,
            }
            for one in stays
        ],
    }


def _short(release: Release) -> Json:
    return release_ref(release.id, release.pack, release.version, release.digest)


def _release(release: Release) -> Json:
    return {
        "id": release.id,
        "pack": release.pack,
        "version": release.version,
        "title": release.title,
        "digest": release.digest,
        "chain": release.chain,
        "published_at": release.published_at.isoformat(),
        "published_by": release.published_by,
    }
