"""Layout checks that go beyond references: whose unit is where, and the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.layout.plan import drawing_faults
from portal.core.packs.check.registry import Context, check, items
from portal.core.packs.years import year_problems


def unit_names(
    context: Context, below: str | None = None
) -> Callable[[Mapping[str, Any]], Sequence[str] | None]:
    """Return the function that names the units below a unit, by default the pack's, from divisions and corrections."""
    unit = below or context.resolved.manifest.unit
    corrections = context.section("units").get("corrections")
    corrected = dict(items(corrections))
    points = dict(items(context.section("units").get("points")))

    def names(selector: Mapping[str, Any]) -> Sequence[str] | None:
        if unit is None:
            return None
        if selector.get("level") == "point":
            return [str(point.get("name")) for point in points.values() if point.get("parent") == unit]
        found = []
        for division in context.divisions.values():
            changed = corrected.get(division.code, {}).get("set", {})
            if division.level != selector.get("level") or changed.get("active") is False:
                continue
            if selector.get("statutory") and not division.statutory:
                continue
            if managed_by(division.code, unit, context):
                found.append(str(changed.get("name", division.name)))
        return found

    return names


def managed_by(code: str, unit: str, context: Context) -> bool:
    """Tell whether a division lies below a unit, as divisions are managed."""
    corrected = dict(items(context.section("units").get("corrections")))
    seen: set[str] = set()
    while code in context.divisions and code not in seen:
        seen.add(code)
        code = corrected.get(code, {}).get("set", {}).get("managed_by", context.divisions[code].parent_code)
        if code == unit:
            return True
    return False


@check
def drawing(context: Context) -> Iterator[Problem]:
    """What stands on the plan of a hall lies over nothing else, and within its zone."""
    if "/layout" in context.broken:
        return
    for _, fault in drawing_faults(context.section("layout")):
        where = f"/layout{fault.pointer}"
        yield context.problem(
            fault.code, fault.message, where, fault.remedy, severity="warning", **fault.params
        )


@check
def checklists(context: Context) -> Iterator[Problem]:
    """An entry of a checklist that is there names what shows it."""
    for key, one in items(context.section("layout").get("checklists")):
        for name, entry in items(one.get("items")):
            if entry.get("met") and not entry.get("evidence") and entry.get("hidden") is not True:
                yield context.problem(
                    "layout.evidence",
                    msg("It is said to be there, but not what shows it"),
                    pointers.join(["layout", "checklists", key, "items", name]),
                    msg("Say what shows it: a paper, a picture or a number, and where it is kept"),
                    severity="warning",
                )


@check
def calendar(context: Context) -> Iterator[Problem]:
    """Days stand in their year; make-up workdays are weekend days; no day is both off and worked."""
    for year, days in items(context.section("calendar")):
        yield from year_problems(year, days, context.problem, pointers.join(["calendar", year]))
