"""Levels of a layout: what is derived for townships and villages is as whole as a centre with a layout of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.layout import Layout, definition_at
from portal.core.layout.model import PLACES
from portal.core.packs import schemas
from portal.core.packs.check.formulas import figures
from portal.core.packs.check.layout import unit_names
from portal.core.packs.check.references import IN_ZONES, taken_up, unit_known
from portal.core.packs.check.registry import Context, check, items


@check
def levels(context: Context) -> Iterator[Problem]:
    """Each level, and each unit that has something otherwise, gives a whole layout."""
    layout = context.section("layout")
    if "/layout" in context.broken:
        return
    for level, known in items(layout.get("levels")):
        where = pointers.join(["layout", "levels", level])
        general = list(_of_layout(context, definition_at(layout, level) or {}, where, None))
        yield from general
        told = {(one.code, one.pointer) for one in general}
        for code, _ in items(known.get("units")):
            at = pointers.join(["units", code], where)
            faults = list(_of_unit(context, level, code, at))
            yield from faults
            if faults:
                continue  # figures of a unit that is none would be noise
            for one in _of_layout(context, definition_at(layout, level, code) or {}, at, code):
                if (one.code, one.pointer.replace(f"/units/{code}", "", 1)) not in told:
                    yield one


def _of_unit(context: Context, level: str, code: str, where: str) -> Iterator[Problem]:
    yield from unit_known(context, code, where)
    division = context.divisions.get(code)
    if division is not None and division.level != level:
        yield context.problem(
            "layout.level",
            msg("%(code)s is no unit of the level %(level)s"),
            where,
            msg("Move it to its own level, or correct the code"),
            code=code,
            level=level,
        )


def _of_layout(
    context: Context, definition: Mapping[str, Any], where: str, unit: str | None
) -> Iterator[Problem]:
    """Yield what is wrong with a derived layout; what only its level can have wrong is told there."""
    misfits = schemas.check_complete("layout", definition)
    yield from context.relocate([one for one in misfits if one.pointer.split("/")[1:2] != ["centre"]], where)
    if misfits:
        return
    yield from _references(context, definition, where)
    yield from _figures(context, definition, where, unit)


def _references(context: Context, definition: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for sort in IN_ZONES:
        for key, thing in items(definition.get(sort)):
            at = pointers.join([sort, key], where)
            yield from _named(context, thing.get("zone"), definition, "zones", f"{at}/zone")
            yield from taken_up(context, thing, at)
    for key, stay in items(definition.get("stationing")):
        at = pointers.join(["stationing", key], where)
        yield from context.refer(stay.get("department"), "/departments", f"{at}/department")
        for sort, target in (stay.get("place") or {}).items():
            yield from _named(context, target, definition, PLACES[sort], f"{at}/place/{sort}")


def _named(
    context: Context, target: Any, definition: Mapping[str, Any], sort: str, pointer: str
) -> Iterator[Problem]:
    """Yield a problem when a thing named in a derived layout is not in it, or is hidden there."""
    known = (definition.get(sort) or {}).get(target)
    if target is not None and (known is None or known.get("hidden")):
        yield context.problem(
            "layout.level_reference",
            msg("There is no %(target)s among the %(sort)s of this level"),
            pointer,
            msg("Correct the name, or add it to the level"),
            target=target,
            sort=sort,
        )


def _figures(
    context: Context, definition: Mapping[str, Any], where: str, unit: str | None
) -> Iterator[Problem]:
    """Yield what is wrong with the figures of a derived layout."""
    layout = Layout.from_definition(definition, dict(items(context.section("departments"))))
    names = unit_names(context, unit) if unit else None
    yield from figures(context, layout, definition.get("patterns"), where, names)
