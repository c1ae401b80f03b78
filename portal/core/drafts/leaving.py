"""What a newer configuration takes away or no longer takes: fields, options, stages, places, classes, routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import msg
from portal.core.layout.model import PLACES
from portal.core.packs.moved import Move, follow, moves_of

# How records hold a thing that goes, with what happens to it in words.
SORTS: Mapping[str, str] = {
    "whole": msg("is no longer in use"),
    "value": msg("is no longer in use"),
    "kind": msg("takes another sort of value"),
    "choice": msg("no longer has the choice %(code)s"),
    "empty": msg("must be filled in from now on, and is empty"),
    "stage": msg("is no longer in use"),
    "seat": msg("is no longer in use"),
    "class": msg("is no longer in use"),
    "way": msg("is no longer in use"),
    "office": msg("is no longer in use"),
}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Leaving:
    """One thing that goes: its place in the bundle, and how records hold it.

    ``etype`` is the type of the records that can hold it, ``field`` the pointer in their data, ``code`` what they hold
    there; of a place, ``field`` is its kind (window, room ...).
    """

    sort: str
    path: str
    etype: str = ""
    field: str = ""
    code: str = ""


def leaving(before: Json, after: Json, moves: Sequence[Move] | None = None) -> list[Leaving]:
    """Return what is there before and not afterwards, or put out of use, or no longer takes what it took.

    What only moved does not go; ``moves`` are those of the newer configuration, where it does not say them itself.
    """
    moves = moves_of(after) if moves is None else moves
    found = [*_forms(before, after), *_stages(before, after), *_terms(before, after), *_places(before, after)]
    found += _keyed(before, after, "routes", "way")
    found += _keyed(before, after, "departments", "office")
    return [one for one in found if follow(one.path, moves) == one.path]


def without(bundle: Json, path: str) -> dict[str, Any]:
    """Return a bundle without the thing at a place."""
    return _without(bundle, pointers.split(path))


def _without(value: Any, parts: list[str]) -> dict[str, Any]:
    kept = dict(value)
    if parts and parts[0] in kept:
        if len(parts) == 1:
            del kept[parts[0]]
        elif isinstance(kept[parts[0]], Mapping):
            kept[parts[0]] = _without(kept[parts[0]], parts[1:])
    return kept


def _is_there(thing: Any) -> bool:
    return isinstance(thing, Mapping) and not thing.get("hidden")


def _gone(before: Any, after: Any) -> Iterator[str]:
    """Yield the names of things that are in use before and not afterwards."""
    now = after if isinstance(after, Mapping) else {}
    for name, thing in (before if isinstance(before, Mapping) else {}).items():
        if _is_there(thing) and not _is_there(now.get(name)):
            yield name


def _keyed(before: Json, after: Json, section: str, sort: str) -> Iterator[Leaving]:
    for name in _gone(before.get(section), after.get(section)):
        yield Leaving(sort, pointers.join([section, name]), code=name)


def _forms(before: Json, after: Json) -> Iterator[Leaving]:
    forms, now = before.get("forms", {}), after.get("forms", {})
    entities = {name: one for name, one in forms.items() if one.get("kind") == "entity" and _is_there(one)}
    for etype, form in entities.items():
        place = pointers.join(["forms", etype])
        if not _is_there(now.get(etype)):
            yield Leaving("whole", place, etype)
            continue
        here, there = (dict(_fields(one.get("schema", {}))) for one in (form, now[etype]))
        for field, (path, schema) in here.items():
            where = f"{place}/schema{path}"
            if field not in there:
                yield Leaving("value", where, etype, field)
            elif _kind(schema) != _kind(there[field][1]):
                yield Leaving("kind", where, etype, field)
            else:
                kept = _options(there[field][1])
                for code in _options(schema):
                    if kept and code not in kept:
                        yield Leaving("choice", where, etype, field, code)
        asked = set(now[etype].get("schema", {}).get("required", ()))
        for name in sorted(asked - set(form.get("schema", {}).get("required", ()))):
            field = pointers.join([name])
            yield Leaving("empty", f"{place}/schema/properties{field}", etype, field)


def _fields(schema: Any, at: str = "", path: str = "") -> Iterator[tuple[str, tuple[str, Json]]]:
    """Yield the fields of a form's schema: the pointer in the data, the place in the schema, the field itself."""
    if not isinstance(schema, Mapping):
        return
    for name, inner in (schema.get("properties") or {}).items():
        field, place = f"{at}{pointers.join([name])}", f"{path}/properties{pointers.join([name])}"
        if not isinstance(inner, Mapping):
            continue
        rows = inner.get("items") if inner.get("type") == "array" else None
        if isinstance(rows, Mapping) and rows.get("properties"):
            yield from _fields(rows, f"{field}/*", f"{place}/items")
        elif inner.get("properties"):
            yield from _fields(inner, field, place)
        else:
            yield field, (place, inner)


def _kind(schema: Json) -> Any:
    return schema.get("type"), schema.get("format") if schema.get("format") in ("date", "date-time") else None


def _options(schema: Json) -> list[str]:
    """Return the choices of a field, those of each of several where it holds a list."""
    inner = schema.get("items") if schema.get("type") == "array" else schema
    if not isinstance(inner, Mapping):
        return []
    several = inner.get("oneOf")
    if isinstance(several, list):
        return [
            one["const"] for one in several if isinstance(one, Mapping) and isinstance(one.get("const"), str)
        ]
    return [one for one in inner.get("enum", ()) if isinstance(one, str)]


def _stages(before: Json, after: Json) -> Iterator[Leaving]:
    now = after.get("lifecycles", {})
    for name, course in before.get("lifecycles", {}).items():
        kept = now[name].get("stages") if _is_there(now.get(name)) else {}
        for stage in _gone(course.get("stages"), kept):
            path = pointers.join(["lifecycles", name, "stages", stage])
            yield Leaving("stage", path, str(course.get("entity", "")), code=stage)


def _terms(before: Json, after: Json) -> Iterator[Leaving]:
    now = after.get("taxonomies", {})
    for name, taxonomy in before.get("taxonomies", {}).items():
        gone = list(_gone(taxonomy.get("terms"), (now.get(name) or {}).get("terms")))
        holding = list(_holding(before, name)) if gone else []
        for code in gone:
            for etype, field in holding:
                yield Leaving("class", pointers.join(["taxonomies", name, "terms", code]), etype, field, code)


def _holding(bundle: Json, taxonomy: str) -> Iterator[tuple[str, str]]:
    """Yield the types of records and their fields that hold terms of a taxonomy."""
    for etype, form in bundle.get("forms", {}).items():
        if form.get("kind") == "entity" and _is_there(form):
            for field, shown in ((form.get("ui") or {}).get("fields") or {}).items():
                if isinstance(shown, Mapping) and shown.get("taxonomy") == taxonomy:
                    yield etype, field


def _places(before: Json, after: Json) -> Iterator[Leaving]:
    here, now = before.get("layout", {}), after.get("layout", {})
    for kind, section in PLACES.items():
        for name in _gone(here.get(section), now.get(section)):
            yield Leaving("seat", pointers.join(["layout", section, name]), field=kind, code=name)


def by_path(found: Iterable[Leaving]) -> dict[str, list[Leaving]]:
    """Return things that go by their place: one that several types of records can hold stands there once."""
    grouped: dict[str, list[Leaving]] = {}
    for one in found:
        grouped.setdefault(f"{one.path}#{one.code}" if one.sort == "choice" else one.path, []).append(one)
    return grouped
