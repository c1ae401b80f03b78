"""Places of a bundle in the words of the screens: “window 13 (住建窗口)”, “rule “…”, proposal 2”."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, Words, msg
from portal.core.packs import formats
from portal.core.packs.layer import Layer
from portal.core.packs.resolve import Resolved
from portal.core.text import DEFAULT_LANGUAGE

# What the thing at a place of the bundle is called: the place, where ``*`` is any name, and the words for it.
_THINGS: Mapping[tuple[str, ...], str] = {
    ("departments", "*"): msg("department “%(name)s”"),
    ("roles", "*"): msg("role “%(name)s”"),
    ("routes", "*"): msg("route “%(name)s”"),
    ("deadlines", "*"): msg("period “%(name)s”"),
    ("documents", "*"): msg("document “%(name)s”"),
    ("events", "*"): msg("event “%(name)s”"),
    ("tasks", "*"): msg("task “%(name)s”"),
    ("questions", "*"): msg("question “%(name)s”"),
    ("worklists", "*"): msg("worklist “%(name)s”"),
    ("indicators", "*"): msg("indicator “%(name)s”"),
    ("indicators", "*", "examples", "*"): msg("example “%(name)s”"),
    ("calendar", "*"): msg("calendar of %(name)s"),
    ("units", "points", "*"): msg("point “%(name)s”"),
    ("units", "centres", "*"): msg("centre “%(name)s”"),
    ("units", "corrections", "*"): msg("correction of the unit %(name)s"),
    ("layout", "centre"): msg("centre “%(name)s”"),
    ("layout", "levels", "township"): msg("centres of townships"),
    ("layout", "levels", "village"): msg("centres of villages"),
    ("layout", "levels", "*", "units", "*"): msg("unit %(name)s"),
    ("taxonomies", "*"): msg("list of types “%(name)s”"),
    ("taxonomies", "*", "terms", "*"): msg("type “%(name)s”"),
    ("lifecycles", "*"): msg("course “%(name)s”"),
    ("lifecycles", "*", "stages", "*"): msg("stage “%(name)s”"),
    ("lifecycles", "*", "transitions", "*"): msg("step “%(name)s”"),
    ("forms", "*"): msg("form “%(name)s”"),
    ("forms", "*", "ui", "sections", "*"): msg("section “%(name)s”"),
    ("forms", "*", "ui", "fields", "*"): msg("field “%(name)s”"),
    ("forms", "*", "schema", "properties", "*"): msg("field “%(name)s”"),
    ("forms", "*", "entity"): msg("lists and numbers"),
    ("rules", "*"): msg("rules “%(name)s”"),
    ("rules", "*", "inputs", "*"): msg("input “%(name)s”"),
    ("rules", "*", "rules", "*"): msg("rule “%(name)s”"),
    ("rules", "*", "rules", "*", "when"): msg("condition"),
    ("rules", "*", "rules", "*", "then", "*"): msg("proposal %(number)s"),
    ("rules", "*", "examples", "*"): msg("example “%(name)s”"),
    ("settings",): msg("settings"),
    ("settings", "values", "*"): msg("words “%(name)s”"),
    ("translations", "*"): msg("translations into %(name)s"),
}
# What the parts of a configuration are called.
PARTS: Mapping[str, str] = {
    "forms": msg("Forms"),
    "rules": msg("Rules"),
    "lifecycles": msg("Stages"),
    "layout": msg("Layout"),
    "taxonomies": msg("Classifications"),
    "departments": msg("Departments"),
    "units": msg("Units"),
    "routes": msg("Statutory routes"),
    "deadlines": msg("Periods"),
    "documents": msg("Documents"),
    "events": msg("Events"),
    "tasks": msg("Tasks"),
    "questions": msg("Questions to the centres"),
    "worklists": msg("Worklists"),
    "indicators": msg("Indicators"),
    "calendar": msg("Calendar"),
    "roles": msg("Roles"),
    "settings": msg("Settings"),
    "translations": msg("Translations"),
    "moved": msg("Moved or renamed"),
}
# The things of a layout; a level of a layout has the same, one or more steps further in.
_OF_LAYOUT: Mapping[tuple[str, ...], str] = {
    ("zones", "*"): msg("zone “%(name)s”"),
    ("rooms", "*"): msg("room “%(name)s”"),
    ("subcentres", "*"): msg("sub-centre “%(name)s”"),
    ("plates", "*"): msg("plate “%(name)s”"),
    ("stationing", "*"): msg("stay of “%(name)s”"),
    ("patterns", "*"): msg("formula “%(name)s”"),
    ("checklists", "*"): msg("checklist “%(name)s”"),
    ("checklists", "*", "items", "*"): msg("entry “%(name)s”"),
    ("patterns", "*", "terms", "*"): msg("term %(number)s “%(name)s”"),
}
NAMED_BY = ("title", "name", "label")  # members that say what a thing is called; the first that is there
_NUMBERED = msg("window %(number)s (%(name)s)")
_WINDOW = msg("window “%(name)s”")
_PACK = msg("pack “%(name)s”")
_SEE = msg("Compare it with the description of the format in docs/formats")
_DIVISIONS = msg("table of divisions")


def said(text: Any, default: str = "") -> str:
    """Return a text of a definition in Chinese; the default for what is none."""
    if isinstance(text, dict):
        text = next((value for value in (text.get(DEFAULT_LANGUAGE), *text.values()) if value), None)
    return text if isinstance(text, str) and text else default


def place_words(resolved: Resolved, bundle_pointer: str) -> tuple[Words, ...]:
    """Return what the things around a place of the bundle are called on the screens, from the outside in."""
    return place_depth(resolved, bundle_pointer)[0]


def place_depth(resolved: Resolved, bundle_pointer: str) -> tuple[tuple[Words, ...], int]:
    """Return what the things around a place are called, and how many parts of its pointer these words cover."""
    found = place_things(resolved, bundle_pointer)
    if found:
        return tuple(found.values()), max(found)
    whole = PARTS.get(pointers.split(bundle_pointer)[0]) if bundle_pointer else None
    return ((), 0) if whole is None else ((Words(whole),), 1)


def place_things(resolved: Resolved, bundle_pointer: str) -> dict[int, Words]:
    """Return what the things around a place are called, by how many parts of its pointer lead to each."""
    parts = pointers.split(bundle_pointer)
    return {
        depth: words
        for depth in range(1, len(parts) + 1)
        if (words := _words(resolved, parts[:depth])) is not None
    }


def window_words(key: str, window: Mapping[str, Any]) -> Words:
    """Return what a window is called: its number, where it has one, and its title."""
    name = said(window.get("title"), key)
    number = window.get("number")
    return (
        Words(_WINDOW, {"name": name})
        if number is None
        else Words(_NUMBERED, {"number": number, "name": name})
    )


def placed(resolved: Resolved, problem: Problem) -> Problem:
    """Return a problem with its place in words, unless it says its place itself."""
    words = problem.place or _of_file(resolved, problem)
    cause = problem.cause
    if cause is not None and not cause.place:
        cause = replace(cause, place=_of_file(resolved, cause))
    if problem.severity == "note":
        return replace(problem, place=words)
    return replace(problem, place=words, cause=cause, remedy=problem.remedy or _SEE)


def _of_file(resolved: Resolved, problem: Problem) -> tuple[Words, ...]:
    for layer in reversed(resolved.chain):
        if problem.file == f"seed/{layer.id}/{formats.MANIFEST}":
            return (Words(_PACK, {"name": said(layer.manifest.title)}),)
        if problem.file == f"seed/{layer.id}/{formats.DIVISIONS}":
            return (Words(_DIVISIONS),)
        base = _bundle_pointer(layer, problem.file)
        if base is not None:
            return place_words(resolved, base + problem.pointer)
    return ()


def _bundle_pointer(layer: Layer, path: str) -> str | None:
    """Return where the content of a pack's file stands in the bundle; None for a file of another pack."""
    for folder in formats.FOLDERS:
        start = f"{folder}/{layer.id}/"
        if path.startswith(start):
            place = formats.identify(folder, path.removeprefix(start))
            if place is not None and place.format.section:
                return place.bundle_pointer
    return None


def _words(resolved: Resolved, parts: Sequence[str]) -> Words | None:
    if parts[:1] == ["layout"]:
        inner = parts[4 if parts[3:4] == ["units"] else 3 :] if parts[1:2] == ["levels"] else parts[1:]
        inner = inner[1:] if parts[1:2] == ["levels"] and parts[3:4] == ["units"] else inner
        if len(inner) == 2 and inner[0] == "windows":
            return window_words(parts[-1], _first(resolved, parts))
        found = _match(inner, _OF_LAYOUT)
        if found is not None:
            return Words(found, _named(resolved, parts))
    found = _match(parts, _THINGS)
    return None if found is None else Words(found, _named(resolved, parts))


def _match(parts: Sequence[str], known: Mapping[tuple[str, ...], str]) -> str | None:
    exact = known.get(tuple(parts))
    if exact is not None:
        return exact
    for pattern, words in known.items():
        if len(pattern) == len(parts) and all(
            one in ("*", other) for one, other in zip(pattern, parts, strict=True)
        ):
            return words
    return None


def _named(resolved: Resolved, parts: Sequence[str]) -> Mapping[str, Any]:
    key = parts[-1]
    thing = _first(resolved, parts)
    name = next((thing[one] for one in NAMED_BY if thing.get(one)), None)
    if name is None and parts[-2:-1] == ["fields"]:
        name = _field_title(resolved, parts)
    if name is None and "stationing" in parts:
        department = _first(resolved, ["departments", str(thing.get("department", key))])
        name = department.get("name")
    number = int(key) + 1 if key.isdecimal() and len(key) < 6 else key
    return {"name": said(name if isinstance(name, str | dict) else None, key), "number": number}


def _field_title(resolved: Resolved, parts: Sequence[str]) -> Any:
    """Return the title that the schema of a form gives the field of its ui part."""
    schema = _first(resolved, [*parts[:2], "schema"])
    for name in pointers.split(parts[-1]):
        members = schema.get("items", {}) if name == "*" else schema.get("properties", {}).get(name)
        if not isinstance(members, dict):
            return None
        schema = members
    return schema.get("title")


def _first(resolved: Resolved, parts: Sequence[str]) -> Mapping[str, Any]:
    """Return the thing at a place: of the bundle, or of the last pack that has it where it was removed."""
    where = pointers.join(parts)
    for bundle in _bundles(resolved):
        found = pointers.get(bundle, where, None)
        if isinstance(found, dict):
            return found
    return {}


def _bundles(resolved: Resolved) -> Iterator[Mapping[str, Any]]:
    yield resolved.bundle
    yield from (layer.content for layer in reversed(resolved.chain))
