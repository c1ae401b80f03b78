"""References among departments, units, layout, taxonomies, routes, deadlines, documents and roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.access import ACTIONS, ANY, THINGS
from portal.core.errors import Problem, msg
from portal.core.layout.model import PLACES
from portal.core.packs.check.naming import entity_types
from portal.core.packs.check.registry import Context, check, did_you_mean, entries, items
from portal.core.packs.places import said

# The places of a hall that lie in its zones.
IN_ZONES = tuple(places for sort, places in PLACES.items() if sort != "zone")


_NO_UNIT = msg("There is no unit %(code)s in divisions.csv or among the points")


def _meant(context: Context, code: str) -> tuple[str, Mapping[str, str]]:
    """Return the remedy for a code that no unit has: the unit that its name, or a mistyped digit, points at."""
    units = context.divisions
    named = [one for one, row in units.items() if row.name == code]
    alike = [
        one
        for one in units
        if len(one) == len(code) and sum(a != b for a, b in zip(one, code, strict=True)) == 1
    ]
    found = named or alike
    title = said(context.resolved.manifest.title)
    if code == context.resolved.manifest.unit:
        # A pack is called after its unit, which tells more than a digit does.
        found = [one for one, row in units.items() if row.name and title.startswith(row.name)] or found
    if len(found) == 1:
        return did_you_mean(units[found[0]].name), {"known": found[0], "title": units[found[0]].name}
    known = ", ".join(f"{one} {units[one].name}" for one in found[:5])
    return msg("Use one of: %(known)s") if known else msg("Correct the code"), {"known": known}


def unit_known(context: Context, code: Any, pointer: str) -> Iterator[Problem]:
    """Yield a problem when ``code`` is no division of the chain and no point of the pack."""
    points = context.section("units").get("points")
    if (
        not isinstance(code, str)
        or code in context.divisions
        or (isinstance(points, dict) and code in points)
    ):
        return
    remedy, meant = _meant(context, code)
    yield context.problem(
        "reference.unit",
        _NO_UNIT,
        pointer,
        remedy,
        code=code,
        known=meant.get("known", ""),
        title=meant.get("title", ""),
    )


@check
def pack_unit(context: Context) -> Iterator[Problem]:
    """The unit a pack is for exists."""
    unit = context.resolved.manifest.unit
    if unit and unit not in context.divisions:
        remedy, meant = _meant(context, unit)
        yield Problem(
            "reference.unit",
            _NO_UNIT,
            {"code": unit, **meant},
            f"seed/{context.resolved.pack}/pack.json",
            "/unit",
            remedy,
        )


@check
def departments(context: Context) -> Iterator[Problem]:
    """The units that departments belong to exist."""
    for key, department in items(context.section("departments")):
        if "parent" in department:
            yield from unit_known(
                context, department["parent"], pointers.join(["departments", key, "parent"])
            )


@check
def units(context: Context) -> Iterator[Problem]:
    """Points lie in known units, and corrections speak of known divisions."""
    section = context.section("units")
    for key, point in items(section.get("points")):
        for name in ("parent", "division"):
            if name in point:
                yield from unit_known(context, point[name], pointers.join(["units", "points", key, name]))
    for code, correction in items(section.get("corrections")):
        where = pointers.join(["units", "corrections", code])
        yield from unit_known(context, code, where)
        changed = correction.get("set")
        if isinstance(changed, dict) and "managed_by" in changed:
            yield from unit_known(context, changed["managed_by"], f"{where}/set/managed_by")


def taken_up(context: Context, thing: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield a problem for the department and each dispute type that a thing of a hall names and that is not there."""
    yield from context.refer(thing.get("department"), "/departments", f"{where}/department")
    for index, code in entries(thing.get("takes")):
        yield from context.refer(code, "/taxonomies/dispute/terms", f"{where}/takes/{index}")


@check
def rooms_and_windows(context: Context) -> Iterator[Problem]:
    """Rooms, windows and sub-centres stand in known zones and belong to known departments."""
    layout = context.section("layout")
    for sort in IN_ZONES:
        for key, thing in items(layout.get(sort)):
            where = pointers.join(["layout", sort, key])
            yield from context.refer(thing.get("zone"), "/layout/zones", f"{where}/zone")
            yield from taken_up(context, thing, where)


@check
def stationing(context: Context) -> Iterator[Problem]:
    """Stationed departments and their places exist, and no stay ends before it begins."""
    for key, stay in items(context.section("layout").get("stationing")):
        where = pointers.join(["layout", "stationing", key])
        yield from context.refer(stay.get("department"), "/departments", f"{where}/department")
        place = stay.get("place")
        for sort, target in place.items() if isinstance(place, dict) else ():
            if sort in PLACES:
                yield from context.refer(target, f"/layout/{PLACES[sort]}", f"{where}/place/{sort}")
        start, end = stay.get("from"), stay.get("until")
        if isinstance(start, str) and isinstance(end, str) and end < start:
            yield context.problem(
                "layout.stay",
                msg("The stay ends before it begins"),
                f"{where}/until",
                msg("Correct from or until"),
            )


@check
def taxonomy_terms(context: Context) -> Iterator[Problem]:
    """Terms name known parents, routes, deadlines and departments; no term is its own ancestor."""
    for name, taxonomy in items(context.section("taxonomies")):
        own = pointers.join(["taxonomies", name, "terms"])
        for code, term in items(taxonomy.get("terms")):
            where = f"{own}/{pointers.escape(code)}"
            for key in ("parent", "same_as"):
                yield from context.refer(term.get(key), own, f"{where}/{key}")
            yield from context.refer(term.get("route"), "/routes", f"{where}/route")
            yield from context.refer(term.get("deadline"), "/deadlines", f"{where}/deadline")
            for key, section in (
                ("ladder", "/routes"),
                ("deadlines", "/deadlines"),
                ("departments", "/departments"),
            ):
                for index, target in entries(term.get(key)):
                    yield from context.refer(target, section, f"{where}/{key}/{index}")
            if _is_own_ancestor(code, taxonomy["terms"]):
                yield context.problem(
                    "taxonomy.loop",
                    msg("%(code)s is its own ancestor"),
                    f"{where}/parent",
                    msg("Correct the parents"),
                    code=code,
                )


def _is_own_ancestor(code: str, terms: dict[str, Any]) -> bool:
    seen = {code}
    current = terms[code].get("parent")
    while isinstance(current, str) and isinstance(terms.get(current), dict):
        if current == code:
            return True
        if current in seen:
            return False  # a loop further up, reported there
        seen.add(current)
        current = terms[current].get("parent")
    return False


@check
def routes(context: Context) -> Iterator[Problem]:
    """The routes that follow a route exist."""
    for key, route in items(context.section("routes")):
        for index, target in entries(route.get("next")):
            yield from context.refer(target, "/routes", pointers.join(["routes", key, "next", index]))


@check
def role_grants(context: Context) -> Iterator[Problem]:
    """Grants speak of entity types that the pack has."""
    entities = entity_types(context)
    for role, definition in items(context.section("roles")):
        grants = definition.get("grants")
        for entity in grants if isinstance(grants, dict) else ():
            if entity not in entities and entity not in THINGS and entity != ANY:
                yield context.problem(
                    "reference.entity",
                    msg("There is no entity type %(entity)s"),
                    pointers.join(["roles", role, "grants", entity]),
                    msg("Correct the name; entity types are: %(known)s"),
                    entity=entity,
                    known=", ".join(sorted(entities)),
                )


@check
def role_grants_mean_something(context: Context) -> Iterator[Problem]:
    """Grants on things of the portal name actions that something asks for."""
    for role, definition in items(context.section("roles")):
        grants = definition.get("grants")
        for name, actions in sorted(grants.items()) if isinstance(grants, dict) else ():
            for index, action in entries(actions) if name in THINGS else ():
                if action in ACTIONS and action not in THINGS[name].actions:
                    yield context.problem(
                        "roles.grants_nothing",
                        msg("“%(action)s” on “%(thing)s” allows nothing"),
                        pointers.join(["roles", role, "grants", name, str(index)]),
                        msg("Remove it; what counts there is: %(known)s"),
                        severity="warning",
                        action=action,
                        thing=name,
                        known=", ".join(one for one in ACTIONS if one in THINGS[name].actions),
                    )


@check
def receivers(context: Context) -> Iterator[Problem]:
    """The roles of the accounts that receive for departments exist."""
    for department, definition in items(context.section("departments")):
        for index, role in entries(definition.get("receives_as")):
            where = pointers.join(["departments", department, "receives_as"])
            yield from context.refer(role, "/roles", f"{where}/{index}")


@check
def role_givers(context: Context) -> Iterator[Problem]:
    """The roles whose holders may give a role exist."""
    for role, definition in items(context.section("roles")):
        for index, giver in entries(definition.get("granted_by")):
            where = pointers.join(["roles", role, "granted_by"])
            yield from context.refer(giver, "/roles", f"{where}/{index}")
