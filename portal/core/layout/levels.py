"""Levels: the centres below a county's, derived from the county's layout instead of a pack each.

``layout.levels.township`` and ``.village`` say what the centres of a level consist of; ``units`` of a level says what
one of them has otherwise. Departments and the agency word stay those of the county.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.layout.model import Layout
from portal.core.layout.plan import ROOMS, WINDOWS, ZONES

LEVELS = ("township", "village")
STATIONING, PATTERNS = "stationing", "patterns"
PARTS = ("plates", ZONES, ROOMS, WINDOWS, "subcentres", STATIONING, PATTERNS)
# Values that are replaced whole: a stay has one place.
_WHOLE = frozenset({"place"})


def definition_at(
    layout: Mapping[str, Any], level: str, unit_code: str | None = None
) -> dict[str, Any] | None:
    """Return the layout definition of a unit's centre, in the shape of ``layout.json``; None where no level says it."""
    levels = layout.get("levels")
    known = levels.get(level) if isinstance(levels, Mapping) else None
    if not isinstance(known, Mapping):
        return None
    general = {key: value for key, value in known.items() if key != "units"}
    merged = laid_over(general, (known.get("units") or {}).get(unit_code or "", {}))
    county = layout.get("centre") or {}
    centre = {
        "name": merged.get("name", "{unit}"),
        **_given(county, "agency"),
        **_given(county, "open_on"),
        **_given(merged, "note"),
    }
    return {"centre": centre, **{part: merged[part] for part in PARTS if part in merged}}


def layout_at(
    layout: Mapping[str, Any],
    departments: Mapping[str, Mapping[str, Any]],
    level: str,
    unit_code: str | None = None,
) -> Layout | None:
    """Return the layout of the centre of a unit below the county; None where no level says it."""
    definition = definition_at(layout, level, unit_code)
    return None if definition is None else Layout.from_definition(definition, departments)


def laid_over(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map with another laid over it: maps merge, other values replace; neither is changed."""
    result = dict(lower)
    for key, value in upper.items():
        under = result.get(key)
        if key not in _WHOLE and isinstance(value, Mapping) and isinstance(under, Mapping):
            value = laid_over(under, value)
        result[key] = value
    return result


def _given(source: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {key: source[key]} if key in source else {}
