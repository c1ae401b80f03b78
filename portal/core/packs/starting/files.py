"""The files of a new county's pack, and of its city's where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from portal.core.csv_tables import csv_of
from portal.core.divisions import COLUMNS, Division
from portal.core.layout.levels import PARTS
from portal.core.layout.model import PLACES
from portal.core.packs.format_steps import CURRENT
from portal.core.packs.formats import DIVISIONS, MANIFEST
from portal.core.packs.starting.answers import City, County
from portal.core.packs.starting.bodies import Bodies
from portal.core.packs.starting.hall import layout_of

VERSION = "0.1.0"


def pack_of(level: str, name: str) -> str:
    """Return the identifier of a pack: ``county/zhuji``."""
    return f"{'city' if level != 'county' else 'county'}/{name}"


def city_files(city: City) -> dict[str, bytes]:
    """Return the files of a city's pack by path: its centre, one window, and its row among the divisions."""
    layout = {
        "centre": {"name": f"{city.name}综治中心", "unit": city.code, "agency": city.agency},
        "plates": {"main": {"title": f"{city.name}综治中心", "order": 10}},
        "zones": {"intake": {"title": "登记受理区", "kind": "reception", "order": 10}},
        "windows": {"window_1": {"title": "综合受理窗口", "zone": "intake", "number": 1, "order": 10}},
    }
    manifest = _manifest(city.pack, "base", city.code, f"{city.name}综治中心配置")
    return {
        **_seed(
            city.pack, {MANIFEST: manifest, "layout.json": layout, "settings.json": _settings(city.name)}
        ),
        f"seed/{city.pack}/{DIVISIONS}": _table([Division(city.code, "", city.level, city.name)]),
    }


def county_files(
    county: County, extends: str, above: Mapping[str, Any], bodies: Bodies, known: Iterable[Division] = ()
) -> dict[str, bytes]:
    """Return the files of a county's pack by path, on the bundle of the pack that it extends.

    ``known`` are the divisions that the packs above bring; InvalidInput where two answers don't fit one another.
    """
    pack = county.pack
    layout_above = above.get("layout") or {}
    layout = _with_what_rules_need(layout_of(county, bodies, layout_above), above)
    wanted = {
        MANIFEST: _manifest(pack, extends, county.code, f"{county.name}综治中心配置"),
        "layout.json": smallest(layout_above, layout, PARTS) if layout_above else layout,
        "departments.json": _departments(layout, bodies),
        "settings.json": _settings(county.name),
    }
    files = _seed(pack, {path: value for path, value in wanted.items() if value})
    rows = _rows(county, known)
    if rows:
        files[f"seed/{pack}/{DIVISIONS}"] = _table(rows)
    files[f"form_definitions/{pack}/case.json"] = _json({"title": f"{county.name}矛盾纠纷登记"})
    return files


def smallest(
    above: Mapping[str, Any], wanted: Mapping[str, Any], whole: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the smallest patch that turns one map into another; what is not wanted is taken away.

    Members of ``above`` that are not in ``wanted`` at all stay, unless they are named in ``whole``.
    """
    patch: dict[str, Any] = {}
    gone = {*whole} if whole else {*above}
    for key in above.keys() & gone - wanted.keys():
        inner = above[key]
        patch[key] = dict.fromkeys(inner) if whole and isinstance(inner, dict) else None
    for key, value in wanted.items():
        before = above.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            inner = smallest(before, value)
            if inner:
                patch[key] = inner
        elif key not in above or before != value:
            patch[key] = value
    return patch


def _with_what_rules_need(layout: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a layout with the rooms and windows of the pack above that its rules propose."""
    before = above.get("layout") or {}
    for rules in (above.get("rules") or {}).values():
        for rule in (rules.get("rules") or {}).values():
            for action in rule.get("then") or ():
                for sort, key in (action.get("to") or {}).items():
                    things = PLACES.get(sort, sort)
                    thing = (before.get(things) or {}).get(key)
                    if thing is not None:
                        layout.setdefault(things, {}).setdefault(key, thing)
    return layout


def _rows(county: County, known: Iterable[Division]) -> list[Division]:
    """Return the divisions that a county's pack brings: those that no pack above has; each after its parent."""
    above = {one.code: one for one in known}
    city = Division(county.city.code, "", county.city.level, county.city.name)
    own = Division(county.code, county.city.code, "county", county.name)
    below = [one for one in county.units if one.level in ("township", "village")]
    new = [one for one in below if above.get(one.code) != one]
    if not new and above.get(county.code) == own:
        return []
    parents = {one.parent_code for one in new}
    return [city, own, *(one for one in below if one in new or one.code in parents)]


def _departments(layout: Mapping[str, Any], bodies: Bodies) -> dict[str, Any]:
    """Return the names of the departments that are present, with the county's in front."""
    present = dict.fromkeys(stay["department"] for stay in layout["stationing"].values())
    named = {key: bodies.full(key) for key in present}
    return {key: {"name": name} for key, name in named.items() if name != bodies.departments[key].get("name")}


def _manifest(pack: str, extends: str, unit: str, title: str) -> dict[str, Any]:
    return {
        "id": pack,
        "version": VERSION,
        "format": CURRENT,
        "title": title,
        "extends": extends,
        "unit": unit,
    }


def _settings(name: str) -> dict[str, Any]:
    return {"title": f"{name}一站式矛盾纠纷化解平台", "languages": ["zh_Hans"]}


def _seed(pack: str, values: Mapping[str, Any]) -> dict[str, bytes]:
    return {f"seed/{pack}/{path}": _json(value) for path, value in values.items()}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _table(rows: Iterable[Division]) -> bytes:
    lines = [(one.code, one.parent_code, one.level, one.name, one.flag) for one in rows]
    return csv_of(COLUMNS, lines)
