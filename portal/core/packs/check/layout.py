"""Layout checks that go beyond references: pattern formulas and the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.layout import Layout, members_of
from portal.core.packs import schemas
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.text import Texts

_SATURDAY = 6


@check
def patterns(context: Context) -> Iterator[Problem]:
    """A claimed figure equals the number of members; departments counted in a pattern exist."""
    definition = context.section("layout")
    if not definition or not context.broken.isdisjoint({"/layout", "/departments"}):
        return
    layout = Layout.from_definition(definition, dict(items(context.section("departments"))))
    units = unit_names(context)
    for key, pattern in items(definition.get("patterns")):
        for index, term in entries(pattern.get("terms")):
            where = pointers.join(["layout", "patterns", key, "terms", index])
            selector = term["members"]
            named = selector.get("departments") if isinstance(selector, dict) else None
            for place, department in entries(named):
                yield from context.refer(department, "/departments", f"{where}/members/departments/{place}")
            members = members_of(layout, selector, units, Texts())
            if members is not None and "claimed" in term and len(members) != term["claimed"]:
                yield context.problem(
                    "layout.claimed",
                    msg("%(claimed)s are claimed, but %(counted)s are counted"),
                    f"{where}/claimed",
                    msg("Correct the figure or the members"),
                    severity="warning",
                    claimed=term["claimed"],
                    counted=len(members),
                )


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
            if _managed_by(division.code, unit, context, corrected):
                found.append(str(changed.get("name", division.name)))
        return found

    return names


def _managed_by(code: str, unit: str, context: Context, corrected: Mapping[str, Mapping[str, Any]]) -> bool:
    seen: set[str] = set()
    while code in context.divisions and code not in seen:
        seen.add(code)
        code = corrected.get(code, {}).get("set", {}).get("managed_by", context.divisions[code].parent_code)
        if code == unit:
            return True
    return False


@check
def calendar(context: Context) -> Iterator[Problem]:
    """Days stand in their year; make-up workdays are weekend days; no day is both off and worked."""
    for year, days in items(context.section("calendar")):
        off = {day for _, day in entries(days.get("holidays")) if isinstance(day, str)}
        for sort in ("holidays", "workdays"):
            for index, day in entries(days.get(sort)):
                where = pointers.join(["calendar", year, sort, index])
                if not isinstance(day, str) or schemas.not_a_day(day):
                    continue
                if not day.startswith(year):
                    yield context.problem(
                        "calendar.year",
                        msg("%(day)s is not in the year %(year)s"),
                        where,
                        msg("Move it to its year"),
                        day=day,
                        year=year,
                    )
                if sort == "workdays" and date.fromisoformat(day).isoweekday() < _SATURDAY:
                    yield context.problem(
                        "calendar.workday",
                        msg("%(day)s is an ordinary working day anyway"),
                        where,
                        msg("workdays lists weekend days that are worked"),
                        day=day,
                    )
                if sort == "workdays" and day in off:
                    yield context.problem(
                        "calendar.both",
                        msg("%(day)s is both a holiday and a workday"),
                        where,
                        msg("Keep one of them"),
                        day=day,
                    )
